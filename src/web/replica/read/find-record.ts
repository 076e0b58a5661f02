import type { ConfirmedRow, RecordRef, RecordRow, ReplicaDatabase } from '../database.ts';

/** A record, or what was last known of one that is deleted. */
export interface FoundRecord extends RecordRow {
  deleted: boolean;
}

/** A record, deleted or not, so that what refers to it can still name it; undefined where there never was one. */
export async function findRecord(db: ReplicaDatabase, ref: RecordRef): Promise<FoundRecord | undefined> {
  const key: [string, string, string] = [ref.appId, ref.table, ref.id];
  const row = await db.records.get(key);
  if (row) return { ...row, deleted: false };
  const confirmed: ConfirmedRow | undefined = await db.confirmed.get(key);
  if (!confirmed) return undefined;
  const { data, firstPosition } = confirmed.record;
  return { ...ref, data, firstPosition, pending: false, unconfirmedBy: null, deleted: true };
}
