import { NEW_CLOCK, tick } from '../../core/sync/hybrid-clock.ts';
import { keyOf, type OutboxRow, readMeta, transact, writeMeta } from './database.ts';
import type { RefusedNote } from './note.ts';
import { orStorageFull, type StorageFull } from './quota-error.ts';
import { refreshRecords } from './refresh-records.ts';
import { stampedAt } from './restamp.ts';
import type { Writer } from './write.ts';

export type RetryResult = { ok: true } | { ok: false; reason: 'nothing_to_retry' } | StorageFull;

/** Puts the changes that a note keeps back into the outbox, as if they were made now, and removes the note. */
export async function retryRefused({ db, now, newId }: Writer, noteId: string): Promise<RetryResult> {
  const retry = async (): Promise<RetryResult> => {
    const note = await db.notes.get(noteId);
    if (note?.kind !== 'refused') return { ok: false, reason: 'nothing_to_retry' };
    const { clock, stamp } = tick((await readMeta(db, 'clock')) ?? NEW_CLOCK, now());
    await writeMeta(db, 'clock', clock);
    const rows = note.changes.map((kept) => stampedAt(toRow(kept, newId()), stamp));
    await db.outbox.bulkAdd(rows);
    await db.notes.delete(noteId);
    await refreshRecords(
      db,
      rows.flatMap(({ touches }) => touches),
    );
    return { ok: true };
  };
  return orStorageFull(() => transact(db, retry));
}

function toRow({ appId, change }: RefusedNote['changes'][number], eventId: string): Omit<OutboxRow, 'seq'> {
  return {
    appId,
    kind: 'change',
    state: 'waiting',
    touches: [keyOf({ ...change, appId })],
    characters: JSON.stringify(change).length,
    eventId,
    // A new event: the log may know the old one with another time.
    change: { ...change, eventId },
    foreseen: null,
  };
}
