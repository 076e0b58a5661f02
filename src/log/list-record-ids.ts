import { sql } from 'drizzle-orm';
import { type Database, userSession } from '../database/database.ts';

/** The newest ids of a collection, deleted ones included: what a person may have meant by an id that is not there. */
export async function listRecordIds(db: Database, userId: string, appId: string, table: string): Promise<string[]> {
  const rows = await db.run<{ id: string }>(
    userSession(userId),
    sql`select record_id as id from records
        where user_id = current_user_id() and app_id = ${appId} and table_name = ${table}
        order by last_position desc limit 1000`,
  );
  return rows.map(({ id }) => id);
}
