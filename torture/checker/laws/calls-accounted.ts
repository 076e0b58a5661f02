import type { Evidence, LedgerCall, RecordedCall } from '../evidence.ts';
import { groupBy } from '../group-by.ts';
import type { Law } from '../law.ts';

export const callsAccounted: Law = {
  name: 'calls_accounted',
  says: 'Every model call is recorded, to the token, and used once; those that are not were lost with a runner or cut short by an edit.',
  violations: (evidence) => [...misrecorded(evidence), ...paidAgain(evidence.modelCalls), ...unexcused(evidence)],
};

function misrecorded({ ledger, modelCalls }: Evidence): string[] {
  const books = new Map(ledger.map((call) => [call.number, call]));
  const seen = new Set<number>();
  return modelCalls.flatMap((row) => {
    if (row.call === null) return [];
    const call = books.get(row.call);
    const name = `call ${row.call} of ${row.user}/${row.mission}`;
    if (!call || call.mission !== `${row.user}/${row.mission}`) return [`${name} is not in the model's books`];
    if (seen.has(row.call)) return [`${name} is recorded twice`];
    seen.add(row.call);
    const isSame = row.inputTokens === call.inputTokens && row.outputTokens === call.outputTokens;
    return isSame ? [] : [`${name} is recorded with other tokens than the model charged`];
  });
}

/** An answer that is recorded is used by whoever takes over: the same want is not asked about again. */
function paidAgain(modelCalls: RecordedCall[]): string[] {
  const answers = new Map<string, number>();
  for (const { user, mission, want, call } of modelCalls) {
    const key = `${user}/${mission} want ${want}`;
    if (call !== null) answers.set(key, (answers.get(key) ?? 0) + 1);
  }
  return [...answers].filter(([, count]) => count > 1).map(([key, count]) => `${key} was paid for ${count} times`);
}

function unexcused({ ledger, modelCalls, losses, users, concurrency }: Evidence): string[] {
  const recorded = new Set(modelCalls.map(({ call }) => call));
  const edits = editsOf(users);
  // A call that failed is recorded without the number that its answer would have borne.
  for (const { user, mission, call } of modelCalls) {
    const key = `${user}/${mission}`;
    if (call === null) edits.set(key, (edits.get(key) ?? 0) + 1);
  }
  const left = ledger.filter(({ number, mission }) => {
    if (recorded.has(number)) return false;
    const spare = edits.get(mission) ?? 0;
    edits.set(mission, spare - 1);
    return spare <= 0;
  });
  const byAsker = groupBy(left, ({ asker }) => asker);
  return [...byAsker].flatMap(([asker, calls]: [string, LedgerCall[]]) => {
    const excused = losses.filter((loss) => loss.asker === asker).length * concurrency;
    if (calls.length <= excused) return [];
    const numbers = calls.map(({ number }) => number).join(', ');
    return [`${asker} made calls that nobody recorded: ${numbers}; ${excused} may have been lost with it`];
  });
}

/** How often each mission was written after it was made: each time may have cut one call short. */
function editsOf(users: Evidence['users']): Map<string, number> {
  const edits = new Map<string, number>();
  for (const { user, log } of users) {
    for (const { appId, tableName, recordId, actor } of log) {
      if (appId !== 'ai' || tableName !== 'aiMissions' || actor.kind !== 'user') continue;
      const key = `${user}/${recordId}`;
      edits.set(key, (edits.get(key) ?? -1) + 1);
    }
  }
  return edits;
}
