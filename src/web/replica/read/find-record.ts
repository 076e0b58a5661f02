import type { RecordRef, ReplicaDatabase } from '../database.ts';
import { type ReplicaRecord, toRecord } from './list-records.ts';

/** A record, or what was last known of one that is deleted. */
export interface FoundRecord extends ReplicaRecord {
  deleted: boolean;
}

/** A record, deleted or not, so that what refers to it can still name it; undefined where there never was one. */
export async function findRecord(db: ReplicaDatabase, ref: RecordRef): Promise<FoundRecord | undefined> {
  const row = await db.records.get([ref.appId, ref.table, ref.id]);
  return row && { ...toRecord(row), deleted: row.live === 0 };
}
