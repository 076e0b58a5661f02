import { Dexie } from 'dexie';
import type { RecordRow, ReplicaDatabase } from '../database.ts';

/** The records of a collection that are not deleted, in the order of their making. */
export async function listRecords(db: ReplicaDatabase, appId: string, table: string): Promise<RecordRow[]> {
  const rows = await db.records
    .where('[appId+table+id]')
    .between([appId, table, Dexie.minKey], [appId, table, Dexie.maxKey])
    .toArray();
  return sortedByMaking(rows);
}

/** One record; undefined where there is none, or where it is deleted. */
export function getRecord(
  db: ReplicaDatabase,
  appId: string,
  table: string,
  id: string,
): Promise<RecordRow | undefined> {
  return db.records.get([appId, table, id]);
}

export function sortedByMaking(rows: RecordRow[]): RecordRow[] {
  return rows.sort((a, b) => a.firstPosition - b.firstPosition);
}
