/** What the times of a row of the outbox are judged by. */
export interface StampedRow {
  /** Of all that it writes. */
  times: readonly string[];
  /** The log has it already; it has not come back yet. */
  isInTheLog: boolean;
}

/**
 * Tells what must be stamped anew, after the service has refused a time as lying in its future, from what stays. A row that is
 * further ahead than the log takes (`latest`) cannot have landed; one that is less may have. `kept` are the times that stay:
 * those of rows that the log has are among them, or what was written upon such a row would lose to it.
 */
export function divideAtLatest<Row>(
  rows: readonly Row[],
  latest: string,
  read: (row: Row) => StampedRow,
): { early: Row[]; kept: string[] } {
  const early: Row[] = [];
  const kept: string[] = [];
  for (const row of rows) {
    const { times, isInTheLog } = read(row);
    if (!isInTheLog && times.some((time) => time > latest)) early.push(row);
    else kept.push(...times);
  }
  return { early, kept };
}
