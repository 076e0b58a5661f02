import type { OutboxRow } from './database.ts';
import { toStampedRow } from './stamped-row.ts';

/**
 * Of the outbox, in its order, what must be stamped anew because the log has given a record another time than it was made
 * upon. `settled` are the rows that have come back, `own` the log's times for them by event id. Those are the effects of a
 * decision (see nextBatch), which the service stamps when it makes them, and a change of which a request arrived after all
 * that had been given up, from before it was stamped anew. Nothing after such a change can be in the log yet: a push that
 * has it also has the change at its new time, and is refused, or follows one that had.
 */
export function overtakenRows<Row extends OutboxRow>(
  settled: readonly Row[],
  own: ReadonlyMap<string, string>,
  outbox: readonly Row[],
): Row[] {
  const retimed = settled.filter((row) => isRetimed(row, own)).sort((a, b) => a.seq - b.seq);
  const overtaken = new Set<string>();
  let next = 0;
  return outbox.filter((row) => {
    for (; next < retimed.length && (retimed[next] as Row).seq < row.seq; next++) {
      for (const key of retimedRecords(retimed[next] as Row)) overtaken.add(key);
    }
    if (toStampedRow(row).isInTheLog || !row.touches.some((key) => overtaken.has(key))) return false;
    // What was made upon this one in turn stays after it.
    for (const key of row.touches) overtaken.add(key);
    return true;
  });
}

/** Whether the log has other times of what a row writes than the row itself. */
export function isRetimed(row: OutboxRow, own: ReadonlyMap<string, string>): boolean {
  return row.foreseen !== null || toStampedRow(row).times.some((time) => time !== own.get(row.eventId));
}

function retimedRecords({ touches, foreseen }: OutboxRow): string[] {
  return foreseen ? touches.slice(1) : touches;
}
