import type { LoggedChange } from '../../../src/core/log/change.ts';
import type { Evidence, UserEvidence } from '../evidence.ts';
import type { Law } from '../law.ts';

/** See `planOf` in ../../harness/model-ledger.ts. */
const ANSWER = /^answer to call (\d+)$/;

export const plannedOnce: Law = {
  name: 'planned_once',
  says: 'A want of a mission has one iteration at most, from the answer that was recorded for it: who lost its lease wrote nothing.',
  violations: (evidence) =>
    evidence.users.flatMap((user) =>
      [...repeatedOf(user), ...unansweredOf(evidence, user)].map((found) => `${user.user}: ${found}`),
    ),
};

const isInsertOf = (table: string) => (change: LoggedChange) =>
  change.appId === 'ai' && change.tableName === table && change.op === 'insert';

function repeatedOf({ log }: UserEvidence): string[] {
  return ['aiIterations', 'aiProposals'].flatMap((table) => {
    const times = new Map<string, number>();
    for (const { recordId } of log.filter(isInsertOf(table))) times.set(recordId, (times.get(recordId) ?? 0) + 1);
    return [...times]
      .filter(([, count]) => count > 1)
      .map(([id, count]) => `${table} ${id} was written ${count} times`);
  });
}

function unansweredOf({ modelCalls }: Evidence, { user, log }: UserEvidence): string[] {
  return log.filter(isInsertOf('aiIterations')).flatMap(({ recordId, data }) => {
    const call = ANSWER.exec(String(data.summary))?.[1];
    if (call === undefined) return [];
    const isRecorded = modelCalls.some(
      (row) =>
        row.user === user && row.mission === data.missionId && row.want === data.want && row.call === Number(call),
    );
    return isRecorded ? [] : [`iteration ${recordId} is made of call ${call}, which is not recorded for its want`];
  });
}
