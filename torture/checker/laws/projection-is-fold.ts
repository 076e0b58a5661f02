import { compareRecords } from '../../../src/core/log/compare-records.ts';
import { emptyRecord, type FoldedRecord, foldInto } from '../../../src/core/log/merge.ts';
import { addressKey } from '../../../src/core/log/record-address.ts';
import type { UserEvidence } from '../evidence.ts';
import type { Law } from '../law.ts';

export const projectionIsFold: Law = {
  name: 'projection_is_fold',
  says: 'The records are the fold of the log: by the TypeScript merge, and by `verify` and `rebuild`.',
  violations: ({ users }) =>
    users.flatMap((evidence) =>
      [...differencesOf(evidence), ...evidence.findings].map((found) => `${evidence.user}: ${found}`),
    ),
};

function differencesOf({ log, records }: UserEvidence): string[] {
  const folded = new Map<string, FoldedRecord>();
  for (const change of log) {
    const key = addressKey({ appId: change.appId, table: change.tableName, id: change.recordId });
    const record = folded.get(key) ?? emptyRecord(change.position);
    folded.set(key, record);
    foldInto(record, change);
  }
  const phantoms = [...records.keys()]
    .filter((key) => !folded.has(key))
    .map((key) => `record ${key} is not in the log`);
  const others = [...folded].flatMap(([key, expected]) => {
    const held = records.get(key);
    if (!held) return [`record ${key} is missing`];
    return compareRecords(held, expected).map(({ field }) => `record ${key}: ${field} is not as the log has it`);
  });
  return [...phantoms, ...others];
}
