import { showRecord } from '../../../core/sync/pending-write.ts';
import { keyOf, type RecordRef, type RecordRow, type ReplicaDatabase } from '../database.ts';
import { readConfirmed, readPending } from '../refresh-records.ts';

/** A record, or what was last known of one that is deleted. */
export interface FoundRecord extends RecordRow {
  deleted: boolean;
}

/** A record, deleted or not, so that what refers to it can still name it; undefined where there never was one. */
export function findRecord(db: ReplicaDatabase, ref: RecordRef): Promise<FoundRecord | undefined> {
  return db.transaction('r', [db.confirmed, db.outbox, db.meta], async () => {
    const key = keyOf(ref);
    const confirmed = (await readConfirmed(db, [key])).get(key) ?? null;
    const shown = showRecord(confirmed, (await readPending(db, [key])).get(key) ?? []);
    if (!shown) return undefined;
    const { data, firstPosition, pending, unconfirmedBy, deletedAt } = shown;
    return { ...ref, data, firstPosition, pending, unconfirmedBy, deleted: deletedAt !== null };
  });
}
