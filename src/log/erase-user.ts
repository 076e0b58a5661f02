import { sql } from 'drizzle-orm';
import { type Database, operatorSession } from '../database/database.ts';
import { WITHOUT_DEADLINE } from '../database/statement.ts';

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

/**
 * Has Postgres look at the tables anew: it keeps samples of values to plan queries by, and for the rows of one user of many
 * it might not do so by itself. Apart from the erasure, which stands whatever becomes of this. Only the owner of the tables
 * may do it, as which the service logs in; again: it loses nothing.
 */
export async function renewSamples(db: Database): Promise<void> {
  await db.transaction(operatorSession(null), async (tx) => {
    await tx.query(sql.raw(WITHOUT_DEADLINE));
    await tx.query(sql`reset role`);
    await tx.query(
      sql`analyze sync_changes, records, missions, plan_reads, model_calls, spending, stream_tickets, user_heads`,
    );
  });
}
