import { sql } from 'drizzle-orm';
import type { Cursor } from '../core/sync/cursor.ts';
import { type Database, RUNNER_SESSION } from '../database/database.ts';
import { jsonb } from '../database/statement.ts';

/** Where the logs of these users end, in one query. */
export async function readHeads(db: Database, userIds: string[]): Promise<Map<string, Cursor>> {
  const rows = await db.run<Cursor & { userId: string }>(
    RUNNER_SESSION,
    sql`select user_id as "userId", "position", epoch from log_heads(${jsonb(userIds)})`,
  );
  return new Map(rows.map(({ userId, epoch, position }) => [userId, { epoch, position }]));
}
