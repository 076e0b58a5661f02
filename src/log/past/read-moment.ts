import { sql } from 'drizzle-orm';
import { normaliseStamp } from '../../core/log/stamp.ts';
import type { Transaction } from '../../database/database.ts';

/** A moment of a log: the state after the change at `position`; 0 is before the first. `at`: its time. */
export type Moment =
  | { ok: true; position: number; at: Date }
  /** `message` goes after the name of what was given: `must be ...`. */
  | { ok: false; reason: 'unreadable' | 'beyond_head'; message: string };

/**
 * Reads how a person names a moment of the log of the transaction's user: a bare whole number is a position, an ISO 8601
 * time with an offset is the newest change that had arrived by then (to the millisecond, which is how times are shown),
 * and YYYY-MM-DD is the beginning of that day, UTC.
 */
export async function readMoment(tx: Transaction, text: string): Promise<Moment> {
  if (/^\d+$/.test(text)) return atPosition(tx, Number(text));
  const stamp = normaliseStamp(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (stamp === null) return { ok: false, reason: 'unreadable', message: UNREADABLE };
  // From the end: who looks back mostly looks back a little, and arrivals have no index, for the sake of appending.
  const [row] = await tx.query<{ position: number }>(sql`
    select position from sync_changes
    where user_id = current_user_id() and date_trunc('milliseconds', created_at) <= ${stamp}::timestamptz
    order by position desc limit 1`);
  return { ok: true, position: row?.position ?? 0, at: new Date(stamp) };
}

const UNREADABLE =
  'must be a position (a whole number), a time with an offset such as 2026-03-01T12:00:00Z, or a day such as 2026-03-01';

async function atPosition(tx: Transaction, position: number): Promise<Moment> {
  const [log] = await tx.query<{ head: number; at: Date | null }>(sql`
    select coalesce((select position from user_heads where user_id = current_user_id()), 0) as head,
           (select created_at from sync_changes where user_id = current_user_id()
              and position = ${Math.min(position, Number.MAX_SAFE_INTEGER)}) as at`);
  const head = log?.head ?? 0;
  if (position > head) {
    const message = head === 0 ? 'is beyond the log, which is empty' : `is beyond the log, which ends at ${head}`;
    return { ok: false, reason: 'beyond_head', message };
  }
  return { ok: true, position, at: log?.at ?? new Date(0) };
}
