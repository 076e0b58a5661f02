import type { UserEvidence } from '../evidence.ts';
import { groupBy } from '../group-by.ts';
import type { Law } from '../law.ts';

const STATUS = { approve: 'approved', reject: 'rejected' };

export const decidedOnce: Law = {
  name: 'decided_once',
  says: 'A proposal is decided once at most; an acknowledged decision stands, and what it approved is there exactly once.',
  violations: ({ users }) =>
    users.flatMap((evidence) => faultsOf(evidence).map((found) => `${evidence.user}: ${found}`)),
};

function faultsOf({ log, decided }: UserEvidence): string[] {
  const made = groupBy(
    log.filter(
      ({ tableName, actor, data }) => tableName === 'aiProposals' && actor.kind === 'user' && 'status' in data,
    ),
    ({ recordId }) => recordId,
  );
  const twice = [...made].filter(([, changes]) => changes.length > 1).map(([id]) => `proposal ${id} was decided twice`);
  const lost = decided.flatMap(({ proposalId, decision, told }) => {
    const status = made.get(proposalId)?.[0]?.data.status;
    if (told.includes('acknowledged') && status !== STATUS[decision])
      return [`the decision on ${proposalId} was acknowledged and is lost`];
    return [];
  });
  const effects = groupBy(
    log.filter(({ actor, op }) => actor.kind === 'ai' && op === 'insert'),
    ({ appId, tableName, recordId }) => `${appId}/${tableName}/${recordId}`,
  );
  const landed = [...effects]
    .filter(([, changes]) => changes.length > 1)
    .map(([key]) => `the effect ${key} landed twice`);
  return [...twice, ...lost, ...landed];
}
