-- What plan_reads must hold of one mission, by the folded records: nothing unless it is active and asked for
-- replanOn: inputs; else what the newest iteration that read anything has read. Inputs that were linked after it looked
-- are watched whole (fields null) until a plan says what it saw of them: an edit while the first plan is made must be
-- noticed too. What the records hold is taken as it is meant: any SQL writer may have written it.
create or replace function reads_of_mission(p_user_id text, p_mission_id text) returns setof plan_reads
language plpgsql stable
set search_path = public, pg_temp as $$
declare
  v_mission records;
  v_iteration jsonb;
  v_saw numeric;
begin
  select * into v_mission from records
    where (user_id, app_id, table_name, record_id) = (p_user_id, 'ai', 'aiMissions', p_mission_id);
  if not found or v_mission.data ->> 'replanOn' is distinct from 'inputs'
    or not is_plannable(v_mission.data ->> 'state', v_mission.deleted_at)
  then
    return;
  end if;
  select r.data into v_iteration from records r
    where r.user_id = p_user_id and r.app_id = 'ai' and r.table_name = 'aiIterations'
      and r.data ->> 'missionId' = p_mission_id and r.deleted_at is null and jsonb_typeof(r.data -> 'reads') = 'array'
    order by r.first_position desc limit 1;
  if jsonb_typeof(v_iteration -> 'sawPosition') = 'number' then
    v_saw := v_iteration ->> 'sawPosition';
  end if;

  return query
  select p_user_id, seen.ref ->> 'appId', seen.ref ->> 'table', seen.ref ->> 'id', p_mission_id,
         case when bool_or(jsonb_typeof(seen.fields) = 'array')
           then coalesce(jsonb_agg(distinct f.name) filter (where f.name is not null), '[]') else 'null' end
  from (
    select ref, ref -> 'fields' as fields
    from jsonb_array_elements(coalesce(v_iteration -> 'reads', '[]')) ref
    union all
    select ref, null
    from jsonb_array_elements(case when jsonb_typeof(v_mission.data -> 'inputs') = 'array' then v_mission.data -> 'inputs' else '[]' end) ref
    where v_saw is null or (v_mission.field_meta -> 'inputs' ->> 'position')::numeric > v_saw
  ) seen
  left join lateral jsonb_array_elements(case when jsonb_typeof(seen.fields) = 'array' then seen.fields else '[]' end) f(name) on true
  where jsonb_typeof(seen.ref -> 'appId') = 'string' and jsonb_typeof(seen.ref -> 'table') = 'string'
    and jsonb_typeof(seen.ref -> 'id') = 'string'
    -- No record has a longer key, and no index could hold it.
    and length(seen.ref ->> 'appId') <= 200 and length(seen.ref ->> 'table') <= 200 and length(seen.ref ->> 'id') <= 255
    -- Its own fields want a plan by themselves.
    and (seen.ref ->> 'appId', seen.ref ->> 'table', seen.ref ->> 'id') is distinct from ('ai', 'aiMissions', p_mission_id)
  group by 2, 3, 4;
end
$$;
