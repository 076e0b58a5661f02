import { keyOf, type OutboxRow, type ReplicaDatabase } from './database.ts';
import { readConfirmed } from './refresh-records.ts';

/**
 * Takes a row out of the outbox that will not come into the log, and with it the changes that were made on a record which
 * only that row would have made: alone they would make half a record. Answers with those, to be set aside; what they
 * touch is to be refreshed in the same transaction.
 */
export async function dropRow(db: ReplicaDatabase, row: OutboxRow): Promise<OutboxRow[]> {
  const orphans: OutboxRow[] = [];
  await db.outbox.delete(row.seq);
  const created = createdBy(row);
  const known = await readConfirmed(db, created);
  for (const key of created.filter((one) => !known.has(one))) {
    const rows = await db.outbox.where('touches').equals(key).sortBy('seq');
    if (rows.some((other) => createdBy(other).includes(key))) continue;
    orphans.push(...rows.filter(({ kind, state }) => kind === 'change' && state !== 'acknowledged'));
  }
  await db.outbox.bulkDelete(orphans.map(({ seq }) => seq));
  return orphans;
}

/** The records that a row says live: an insert of the person's, or of a decision's effects. */
function createdBy({ appId, change, foreseen }: OutboxRow): string[] {
  if (!foreseen) return change.op === 'insert' ? [keyOf({ ...change, appId })] : [];
  return foreseen.writes.filter(({ fields }) => fields.deletedAt?.value === null).map(keyOf);
}
