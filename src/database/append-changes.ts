import { sql } from 'drizzle-orm';
import type { Change } from '../core/log/change.ts';
import type { Transaction } from './database.ts';
import { jsonb } from './statement.ts';

/**
 * Appends changes to a person's log, in their order, by the plain insert that any writer may use. Returns what the log
 * admitted: a change whose event id it has already is left out. Throws what db/functions/refuse_change raises.
 */
export async function appendChanges(
  tx: Transaction,
  userId: string,
  changes: Change[],
): Promise<{ id: string; position: number }[]> {
  const admitted = await tx.query<{ id: string; position: number }>(sql`
    insert into sync_changes
      (user_id, id, app_id, table_name, record_id, op, data, field_timestamps, client_id, schema_version, actor)
    select ${userId}, c ->> 'id', c ->> 'appId', c ->> 'tableName', c ->> 'recordId', c ->> 'op', c -> 'data',
           coalesce(c -> 'fieldTimestamps', '{}'), coalesce(c ->> 'clientId', 'server'),
           coalesce((c ->> 'schemaVersion')::int, 1), c -> 'actor'
    from jsonb_array_elements(${jsonb(changes)}) with ordinality as changes (c, n)
    order by n
    returning id, position`);
  if (admitted.length > 0) tx.announce(userId);
  return admitted;
}
