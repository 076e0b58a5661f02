import { sql } from 'drizzle-orm';
import type { Violation } from '../../core/log/verify/violation.ts';
import { type Database, operatorSession } from '../../database/database.ts';

/** A user's positions run from 1 to the head without a hole. By one statement, so by one snapshot. */
export async function checkPositions(db: Database, userId: string): Promise<{ head: number; violations: Violation[] }> {
  const [log] = await db.run<{ head: number; first: number | null; last: number | null; count: number }>(
    operatorSession(userId),
    sql`select coalesce((select position from user_heads where user_id = current_user_id()), 0) as head,
               min(position) as first, max(position) as last, count(*) as count
        from sync_changes where user_id = current_user_id()`,
  );
  const { head = 0, first = null, last = null, count = 0 } = log ?? {};
  const violations: Violation[] = [];
  if (count !== (last ?? 0) || (first ?? 1) !== 1) {
    const after = await lastBeforeHole(db, userId);
    const message = `the log has ${count} changes up to position ${last}; the first hole is after ${after}`;
    violations.push({ rule: 'positions_not_contiguous', message, positions: [after, after + 1].filter((p) => p > 0) });
  }
  if (head !== (last ?? 0)) {
    const message = `the head of the log says ${head}, the newest change is at ${last ?? 0}`;
    violations.push({ rule: 'head_out_of_step', message, positions: last === null ? [] : [last] });
  }
  return { head, violations };
}

async function lastBeforeHole(db: Database, userId: string): Promise<number> {
  const [hole] = await db.run<{ after: number }>(
    operatorSession(userId),
    sql`select coalesce(max(position), 0) as after from (
          select position, row_number() over (order by position) as nth
          from sync_changes where user_id = current_user_id()) numbered
        where position = nth`,
  );
  return hole?.after ?? 0;
}
