-- Raises a want of each mission whose newest plan was made from what these writes changed, unless the mission itself is
-- among their causes. One for all its writes of a statement. The runner's own writes want nothing, and neither do those of
-- an import.
-- p_writes: [{"missionId", "position"}]. The caller holds the user's head row.
create or replace function raise_input_wants(p_user_id text, p_writes jsonb) returns void
language plpgsql
set search_path = public, pg_temp as $$
declare
  v_want record;
begin
  if is_operator() then
    return;
  end if;
  for v_want in
    select w."missionId" as mission_id,
           coalesce(jsonb_agg(distinct e.cause) filter (where jsonb_typeof(e.cause) = 'string'), '[]') as causes
    from (select distinct * from jsonb_to_recordset(p_writes) w("missionId" text, "position" bigint)) w
    join sync_changes c on c.user_id = p_user_id and c.position = w.position
    cross join lateral causes_of(p_user_id, c.actor) causes
    left join lateral jsonb_array_elements(causes) e(cause) on true
    where c.actor ->> 'source' is distinct from 'mission-runner' and not causes ? w."missionId"
    group by w."missionId"
  loop
    perform raise_want(p_user_id, v_want.mission_id, v_want.causes);
  end loop;
end
$$;
