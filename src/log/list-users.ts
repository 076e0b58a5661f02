import { sql } from 'drizzle-orm';
import { type Database, operatorSession } from '../database/database.ts';

/** The ids of all users who have a log, in their order; `pageSize` are asked for at a time. */
export async function listUsers(db: Database, pageSize: number): Promise<string[]> {
  const users: string[] = [];
  for (;;) {
    const page = await db.run<{ user: string }>(
      operatorSession(null),
      sql`select list_users as user from list_users(${users.at(-1) ?? ''}, ${pageSize})`,
    );
    users.push(...page.map(({ user }) => user));
    if (page.length < pageSize) return users;
  }
}
