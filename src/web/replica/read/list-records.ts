import type { JsonObject } from '../../../core/json.ts';
import type { RecordRef, RecordRow, ReplicaDatabase } from '../database.ts';

/** A record that is not deleted, as it is shown. */
export interface ReplicaRecord extends RecordRef {
  data: JsonObject;
  /** Whether a change of the person's own has not come back from the service yet. */
  pending: boolean;
  /** The proposal that was approved and whose effects on it the service has not made yet; null: none. */
  unconfirmedBy: string | null;
}

/** The records of a collection, in the order of their making. */
export async function listRecords(db: ReplicaDatabase, appId: string, table: string): Promise<ReplicaRecord[]> {
  const rows = await db.records.where('[appId+table+live]').equals([appId, table, 1]).toArray();
  return sortedByMaking(rows).map(toRecord);
}

/** One record; undefined where there is none, or where it is deleted. */
export async function getRecord(
  db: ReplicaDatabase,
  appId: string,
  table: string,
  id: string,
): Promise<ReplicaRecord | undefined> {
  const row = await db.records.get([appId, table, id]);
  return row?.live ? toRecord(row) : undefined;
}

export function sortedByMaking(rows: RecordRow[]): RecordRow[] {
  return rows.sort((a, b) => a.firstPosition - b.firstPosition);
}

export function toRecord({ appId, table, id, data, pending, unconfirmedBy }: RecordRow): ReplicaRecord {
  return { appId, table, id, data, pending, unconfirmedBy };
}
