import { sql } from 'drizzle-orm';
import type { Transaction } from '../database/database.ts';

/** What a suggestion is looked for among; more are not looked at. */
const AT_MOST = 10_000;

/** The ids of the records of a collection of the transaction's user, deleted ones too, the newest first. */
export async function readIds(tx: Transaction, appId: string, table: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(sql`
    select record_id as id from records
    where user_id = current_user_id() and app_id = ${appId} and table_name = ${table}
    order by first_position desc limit ${AT_MOST}`);
  return rows.map(({ id }) => id);
}

/** The collections of which the transaction's user has a record, as `appId/table`. */
export async function readCollections(tx: Transaction): Promise<string[]> {
  const rows = await tx.query<{ name: string }>(sql`
    select distinct app_id || '/' || table_name as name from records where user_id = current_user_id() order by 1`);
  return rows.map(({ name }) => name);
}
