import { NEW_CLOCK, tick } from '../../core/sync/hybrid-clock.ts';
import type { WireFields } from '../../core/sync/wire.ts';
import { type OutboxRow, type ReplicaDatabase, readMeta, writeMeta } from './database.ts';

/**
 * Gives changes that are in no log yet the next time of the clock, all of them the same: the log takes equal times in the
 * order of their arrival. What the rows touch is to be refreshed in the same transaction.
 */
export async function restamp(db: ReplicaDatabase, rows: OutboxRow[], nowMs: number): Promise<void> {
  if (rows.length === 0) return;
  const { clock, stamp } = tick((await readMeta(db, 'clock')) ?? NEW_CLOCK, nowMs);
  await writeMeta(db, 'clock', clock);
  await db.outbox.bulkPut(rows.map((row) => stampedAt(row, stamp)));
}

/** A row of the outbox with another time, in what is pushed and in what is foreseen. */
export function stampedAt<Row extends Pick<OutboxRow, 'change' | 'foreseen'>>(row: Row, stamp: string): Row {
  const { change, foreseen } = row;
  return {
    ...row,
    change: change.fields ? { ...change, fields: fieldsAt(change.fields, stamp) } : change,
    foreseen: foreseen && {
      ...foreseen,
      writes: foreseen.writes.map((write) => ({ ...write, fields: fieldsAt(write.fields, stamp) })),
    },
  };
}

function fieldsAt(fields: WireFields, stamp: string): WireFields {
  const stamped = Object.entries(fields).map(([field, { value, updatedAt }]) => [
    field,
    // Of a delete the value is the time as well.
    { value: field === 'deletedAt' && value === updatedAt ? stamp : value, updatedAt: stamp },
  ]);
  return Object.fromEntries(stamped);
}
