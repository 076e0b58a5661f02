import type { Actor } from '../../../core/log/actor.ts';
import { actorAt } from '../../../core/sync/attributed-record.ts';
import { isPending, showRecord } from '../../../core/sync/pending-write.ts';
import { keyOf, type RecordRef, type ReplicaDatabase } from '../database.ts';
import { readConfirmed, readPending } from '../refresh-records.ts';

/** Why a field has the value that it has. Mission, iteration and proposal are records, to be looked up by the actor's ids. */
export interface FieldAttribution {
  actor: Actor;
  /** When it was written, by the writer's clock. */
  updatedAt: string;
  /** The replica that wrote it; `server` for the service. */
  clientId: string;
  /** Its place in the log; null while it is on its way, or foreseen. */
  position: number | null;
}

/** For each field of a record who wrote it and when; undefined where there is no such record. Deleted ones have theirs. */
export function explainRecord(
  db: ReplicaDatabase,
  ref: RecordRef,
): Promise<Record<string, FieldAttribution> | undefined> {
  return db.transaction('r', [db.confirmed, db.outbox, db.meta], async () => {
    const key = keyOf(ref);
    const confirmed = (await readConfirmed(db, [key])).get(key) ?? null;
    const shown = showRecord(confirmed, (await readPending(db, [key])).get(key) ?? []);
    if (!shown) return undefined;
    return Object.fromEntries(
      Object.entries(shown.fieldMeta).map(([field, { updatedAt, clientId, position }]) => [
        field,
        { actor: actorAt(shown, position), updatedAt, clientId, position: isPending(position) ? null : position },
      ]),
    );
  });
}
