-- What a statement altered of that which plans were made from: for each mission and field the position of the write that
-- the field holds now, as [{"missionId", "position"}]. p_reads: the reads of the records that it wrote; p_before: these
-- records as they were before. A write that lost the merge, or left the value as it was, altered nothing; nor did one of
-- a record that is deleted and stays so, of which a plan only knew that it is not there.
create or replace function changed_reads(p_user_id text, p_reads plan_reads[], p_before records[], p_first bigint) returns jsonb
language plpgsql stable
set search_path = public, pg_temp as $$
begin
  return (
    select jsonb_agg(jsonb_build_object('missionId', p.mission_id, 'position', w.position))
    from unnest(p_reads) p
    join records a
      on (a.user_id, a.app_id, a.table_name, a.record_id) = (p_user_id, p.app_id, p.table_name, p.record_id)
    left join unnest(p_before) b
      on (b.app_id, b.table_name, b.record_id) = (p.app_id, p.table_name, p.record_id)
    cross join lateral (
      select b.record_id is not null and b.deleted_at is null as was_there, a.deleted_at is null as is_there
    ) l
    cross join lateral (
      -- An update of a record that never was makes one without a write of deletedAt.
      select coalesce((a.field_meta -> 'deletedAt' ->> 'position')::bigint, a.last_position) as position
      where l.was_there <> l.is_there
      union all
      select (m.value ->> 'position')::bigint
      from jsonb_each(a.field_meta) m
      where l.was_there and l.is_there and m.key <> 'deletedAt'
        and (m.value ->> 'position')::bigint >= p_first
        and (p.fields = 'null' or p.fields ? m.key)
        and nullif(b.data -> m.key, 'null') is distinct from nullif(a.data -> m.key, 'null')
    ) w);
end
$$;
