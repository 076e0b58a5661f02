import { sql } from 'drizzle-orm';
import type { JsonObject } from '../core/json.ts';
import { type InputState, type StaleInput, staleInputs } from '../core/proposals/stale-inputs.ts';
import type { Transaction } from '../database/database.ts';
import { jsonb } from '../database/statement.ts';

/**
 * For each of these iterations of the transaction's user what it was made from and changed since, or null. One query
 * for all, that looks records up by their keys, and only in those that were written since.
 */
export async function readStale(
  tx: Transaction,
  iterationIds: readonly string[],
): Promise<Map<string, StaleInput[] | null>> {
  if (iterationIds.length === 0) return new Map();
  const rows = await tx.query<{ id: string; data: JsonObject; inputs: (Ref & InputState)[] }>(sql`
    select i.record_id as id, jsonb_build_object('reads', i.data -> 'reads', 'sawPosition', i.data -> 'sawPosition') as data,
           (select coalesce(jsonb_agg(jsonb_build_object(
                     'appId', r.app_id, 'table', r.table_name, 'id', r.record_id, 'deleted', r.deleted_at is not null,
                     'writes', (select coalesce(jsonb_object_agg(m.key, jsonb_build_object(
                                         'actor', c.actor, 'position', c.position, 'updatedAt', m.value -> 'updatedAt')), '{}')
                                from jsonb_each(r.field_meta) m
                                join sync_changes c on c.user_id = r.user_id and c.position = (m.value ->> 'position')::bigint
                                where c.position > saw.position))), '[]')
            from jsonb_array_elements(i.data -> 'reads') seen
            join records r on (r.user_id, r.app_id, r.table_name, r.record_id)
                            = (i.user_id, seen ->> 'appId', seen ->> 'table', seen ->> 'id')
            where r.last_position > saw.position) as inputs
    from jsonb_array_elements_text(${jsonb([...new Set(iterationIds)])}) asked (id)
    join records i on (i.user_id, i.app_id, i.table_name, i.record_id) = (current_user_id(), 'ai', 'aiIterations', asked.id)
    cross join lateral (
      select case when jsonb_typeof(i.data -> 'sawPosition') = 'number' then (i.data ->> 'sawPosition')::numeric else 0 end as position
    ) saw
    where jsonb_typeof(i.data -> 'reads') = 'array'`);
  return new Map(
    rows.map(({ id, data, inputs }) => {
      const states = new Map(inputs.map((input) => [keyOf(input), input]));
      return [id, staleInputs({ id, data }, (ref) => states.get(keyOf(ref)))];
    }),
  );
}

type Ref = Pick<StaleInput, 'appId' | 'table' | 'id'>;

function keyOf({ appId, table, id }: Ref): string {
  return JSON.stringify([appId, table, id]);
}
