import { sql } from 'drizzle-orm';
import type { Json } from '../core/json.ts';
import type { FieldConflict } from '../core/sync/wire.ts';
import type { Transaction } from '../database/database.ts';
import { jsonb, keep } from '../database/statement.ts';

/**
 * The fields of a push that lost to a write which the log had before them, in the order of the push. A field that a later
 * write overwrote is none: it had its time. `headBefore` is where the log ended before the push; what is there from an
 * earlier try of it (`replayed`, event ids) is judged like the first time, as far as the records still tell.
 */
export async function findConflicts(
  tx: Transaction,
  { appId, clientId }: { appId: string; clientId: string },
  { headBefore, replayed }: { headBefore: number; replayed: string[] },
): Promise<FieldConflict[]> {
  // Each record is looked up by its key (lateral, offset 0): a join would be planned for few rows, and be quadratic.
  const rows = await tx.query<ConflictRow>(
    keep(sql`
    with pushed as materialized (
      -- In order, so by the index of positions: see db/functions/add_records.sql.
      (select * from sync_changes where user_id = current_user_id() and position > ${headBefore}::bigint order by position)
      union all
      select c.* from jsonb_array_elements_text(${jsonb(replayed)}) as events (id)
      cross join lateral (
        select * from sync_changes where user_id = current_user_id() and id = events.id offset 0
      ) c
    )
    select p.table_name as "table", p.record_id as id, w.key as field,
           coalesce(pushed_data.value -> w.key, 'null') as "pushedValue", w.value #>> '{}' as "pushedAt",
           case when w.key = 'deletedAt' then to_jsonb(format_stamp(r.deleted_at)) else held.data -> w.key end as "winningValue",
           held.meta -> w.key ->> 'updatedAt' as "winningAt", held.meta -> w.key ->> 'clientId' as "winningClientId"
    from pushed p
    cross join lateral (
      select * from records where user_id = p.user_id and app_id = p.app_id and table_name = p.table_name
        and record_id = p.record_id
        -- The change that made its record cannot have lost; most of a first push is such.
        and first_position < p.position
      offset 0
    ) r
    -- || '{}' unpacks a value that is stored compressed, once instead of for each field.
    cross join lateral (select r.field_meta || '{}' as meta, r.data || '{}' as data offset 0) held
    cross join lateral (select p.data || '{}' as value offset 0) pushed_data
    cross join lateral jsonb_each(p.field_timestamps) w
    where p.app_id = ${appId} and p.client_id = ${clientId}
      and (held.meta -> w.key ->> 'position')::bigint < p.position
      -- An insert says by itself that the record lives; it lost only where the record is deleted.
      and not (p.op = 'insert' and w.key = 'deletedAt' and r.deleted_at is null)
    order by p.position, w.key`),
  );
  return rows.map((row) => ({
    table: row.table,
    id: row.id,
    field: row.field,
    pushed: { value: row.pushedValue, updatedAt: row.pushedAt },
    winning: { value: row.winningValue, updatedAt: row.winningAt, clientId: row.winningClientId },
  }));
}

interface ConflictRow {
  table: string;
  id: string;
  field: string;
  pushedValue: Json;
  pushedAt: string;
  winningValue: Json;
  winningAt: string;
  winningClientId: string;
}
