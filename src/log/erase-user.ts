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
  const removed = await db.transaction(operatorSession(userId), async (tx) => {
    // A large log takes longer than a statement may elsewhere.
    await tx.query(sql.raw(WITHOUT_DEADLINE));
    const rows = await tx.query<{ what: string; removed: string }>(
      sql`select what, removed::text as removed from erase_user()`,
    );
    // Postgres keeps samples of values to plan queries by, until it looks at a table anew: for the rows of one user of many
    // that may be never. Only the owner of the tables may have it look, which is the login.
    await tx.query(sql`reset role`);
    await tx.query(
      sql`analyze sync_changes, records, missions, plan_reads, model_calls, spending, stream_tickets, user_heads`,
    );
    return rows;
  });
  db.announce(userId);
  return Object.fromEntries(removed.map(({ what, removed: count }) => [what, Number(count)]));
}
