import { sql } from 'drizzle-orm';
import type { Json } from '../core/json.ts';
import type { PushEntry } from '../core/sync/accept-push.ts';
import type { FieldConflict } from '../core/sync/wire.ts';
import type { Transaction } from '../database/database.ts';
import { jsonb } from '../database/statement.ts';

/**
 * The fields of a push that lost to a write which the log had before them, in the order of the push. A field that a later
 * write overwrote is none: it had its time. `headBefore` is where the log ended before the push; what of the push stands
 * before it is there from an earlier try, and is judged like the first time as far as the records still tell.
 */
export async function findConflicts(
  tx: Transaction,
  { appId, clientId, entries }: { appId: string; clientId: string; entries: PushEntry[] },
  headBefore: number,
): Promise<FieldConflict[]> {
  const changes = entries.flatMap((entry) => (entry.kind === 'change' ? [entry.change] : []));
  if (changes.length === 0) return [];
  const eventIds = changes.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const rows = await tx.query<ConflictRow>(sql`
    with pushed as (
      select * from sync_changes where user_id = current_user_id() and position > ${headBefore}::bigint
      union all
      select * from sync_changes where user_id = current_user_id() and position <= ${headBefore}::bigint
        and id in (select jsonb_array_elements_text(${jsonb(eventIds)}))
    )
    select p.table_name as "table", p.record_id as id, w.key as field,
           coalesce(p.data -> w.key, 'null') as "pushedValue", w.value #>> '{}' as "pushedAt",
           case when w.key = 'deletedAt' then to_jsonb(format_stamp(r.deleted_at)) else r.data -> w.key end as "winningValue",
           held.meta -> w.key ->> 'updatedAt' as "winningAt", held.meta -> w.key ->> 'clientId' as "winningClientId"
    from pushed p
    join records r on (r.user_id, r.app_id, r.table_name, r.record_id) = (p.user_id, p.app_id, p.table_name, p.record_id)
    -- || '{}' unpacks a value that is stored compressed, once instead of for each field.
    cross join lateral (select r.field_meta || '{}' as meta offset 0) held
    cross join lateral jsonb_each(p.field_timestamps) w
    where p.app_id = ${appId} and p.client_id = ${clientId}
      and (held.meta -> w.key ->> 'position')::bigint < p.position
      -- An insert says by itself that the record lives; it lost only where the record is deleted.
      and not (p.op = 'insert' and w.key = 'deletedAt' and r.deleted_at is null)
    order by p.position, w.key`);
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
