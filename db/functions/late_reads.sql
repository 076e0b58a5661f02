-- What changed of the records that a read tool showed while the model thought: nobody watched them before the plan was
-- recorded. As [{"missionId", "position"}]. Told by positions alone, so a write that left a value as it was counts too.
create or replace function late_reads(p_user_id text, p_iteration jsonb) returns jsonb
language plpgsql stable
set search_path = public, pg_temp as $$
begin
  return (
    select jsonb_agg(jsonb_build_object('missionId', p_iteration ->> 'missionId', 'position', m.value -> 'position'))
    from jsonb_array_elements(case when jsonb_typeof(p_iteration -> 'reads') = 'array' then p_iteration -> 'reads' else '[]' end) seen
    join records r on (r.user_id, r.app_id, r.table_name, r.record_id)
                    = (p_user_id, seen ->> 'appId', seen ->> 'table', seen ->> 'id')
    cross join lateral jsonb_each(r.field_meta) m
    where jsonb_typeof(seen -> 'sawPosition') = 'number' and (m.value ->> 'position')::numeric > (seen ->> 'sawPosition')::numeric
      and (m.key = 'deletedAt' or seen -> 'fields' ? m.key));
end
$$;
