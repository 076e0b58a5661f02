import type { OutboxRow, ReplicaDatabase } from './database.ts';
import { dropRow } from './drop-row.ts';
import type { RefusedNote } from './note.ts';
import { refreshRecords } from './refresh-records.ts';

/** Why a change is set aside, in the service's words. */
export type Refusal = Pick<RefusedNote, 'reason' | 'message' | 'issues'>;

/**
 * Takes a change that the service refuses out of the outbox and keeps it in a note, so that the rest can go on and nothing
 * is lost. Part of a transaction.
 */
export async function setAside(db: ReplicaDatabase, row: OutboxRow, refusal: Refusal, at: string): Promise<void> {
  const rows = [row, ...(await dropRow(db, row))];
  await keepAside(db, rows, refusal, at);
  await refreshRecords(
    db,
    rows.flatMap(({ touches }) => touches),
  );
}

/** Keeps changes that were taken out of the outbox in a note. */
export async function keepAside(db: ReplicaDatabase, rows: OutboxRow[], refusal: Refusal, at: string): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const changes = rows.map(({ appId, change }) => ({ appId, change }));
  await db.notes.put({ id: `refused/${first.eventId}`, at, kind: 'refused', ...refusal, changes });
}
