import { sql } from 'drizzle-orm';
import { type Database, operatorSession } from '../database/database.ts';

/** How many rows of what a user has: `{sync_changes: 12, records: 5, ...}`. */
export type UserRows = Record<string, number>;

/** What an erasure of the user would remove. Tickets to streams, which last a minute, are not counted. */
export async function countUserRows(db: Database, userId: string): Promise<UserRows> {
  const [rows] = await db.run<UserRows>(
    operatorSession(userId),
    sql`select (select count(*) from sync_changes where user_id = current_user_id()) as sync_changes,
               (select count(*) from records where user_id = current_user_id()) as records,
               (select count(*) from missions where user_id = current_user_id()) as missions,
               (select count(*) from plan_reads where user_id = current_user_id()) as plan_reads,
               (select count(*) from model_calls where user_id = current_user_id()) as model_calls,
               (select count(*) from spending where user_id = current_user_id()) as spending,
               (select count(*) from user_heads where user_id = current_user_id()) as user_heads`,
  );
  return rows ?? {};
}

/** Removes a user whole, in one transaction, and returns what went; see db/functions/erase_user.sql. */
export async function eraseUser(db: Database, userId: string): Promise<UserRows> {
  const removed: UserRows = {};
  // As a scan, since that alone may take as long as it needs: a large log takes longer than a statement may elsewhere.
  await db.scan(operatorSession(userId), 'select what, removed::text from erase_user()', (rows) => {
    for (const [what, count] of rows) removed[String(what)] = Number(count);
  });
  db.announce(userId);
  return removed;
}
