import { sql } from 'drizzle-orm';
import type { Database, Session } from '../database/database.ts';

/** The position of the newest change of the session's user; 0 before the first. */
export async function readHead(db: Database, session: Session): Promise<number> {
  const [head] = await db.run<{ position: number }>(
    session,
    sql`select position from user_heads where user_id = current_user_id()`,
  );
  return head?.position ?? 0;
}
