import { NEW_CLOCK, tick } from '../../core/sync/hybrid-clock.ts';
import { keyOf, type OutboxRow, readMeta, writeMeta } from './database.ts';
import type { RefusedNote } from './note.ts';
import { refreshRecords } from './refresh-records.ts';
import { stampedAt } from './restamp.ts';
import type { Writer } from './write.ts';

/**
 * Puts the changes that a note keeps back into the outbox, as if they were made now, and removes the note. False: there is
 * no such note, or there is nothing in it to try again.
 */
export async function retryRefused({ db, now, newId }: Writer, noteId: string): Promise<boolean> {
  return db.transaction('rw', [db.records, db.outbox, db.notes, db.meta], async () => {
    const note = await db.notes.get(noteId);
    if (note?.kind !== 'refused') return false;
    const { clock, stamp } = tick((await readMeta(db, 'clock')) ?? NEW_CLOCK, now());
    await writeMeta(db, 'clock', clock);
    const rows = note.changes.map((kept) => stampedAt(toRow(kept, newId()), stamp));
    await db.outbox.bulkAdd(rows);
    await db.notes.delete(noteId);
    await refreshRecords(
      db,
      rows.flatMap(({ touches }) => touches),
    );
    return true;
  });
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
