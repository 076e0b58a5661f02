-- Folds one change of ai/aiMissions, keeps the missions projection, and raises a want when the folded state that a plan
-- is made from changed. A write that loses the merge leaves that state as it was and so wants nothing; writes by an AI
-- or the runner never want, and an import wakes nobody. The caller holds the user's head row.
create or replace function fold_mission(p_user_id text, p_mission_id text, p_position bigint, p_actor jsonb) returns void
language plpgsql
set search_path = public, pg_temp as $$
declare
  v_before records;
  v_after records;
  v_was_active boolean;
  v_active boolean;
begin
  select * into v_before from records
    where (user_id, app_id, table_name, record_id) = (p_user_id, 'ai', 'aiMissions', p_mission_id);
  v_was_active := found and is_plannable(v_before.data ->> 'state', v_before.deleted_at);
  perform fold_range(p_user_id, p_position, p_position);
  select * into v_after from records
    where (user_id, app_id, table_name, record_id) = (p_user_id, 'ai', 'aiMissions', p_mission_id);
  v_active := is_plannable(v_after.data ->> 'state', v_after.deleted_at);

  insert into missions as m (user_id, mission_id, state, cadence, time_zone, deleted_at, replan_on)
  values (p_user_id, p_mission_id, coalesce(v_after.data ->> 'state', 'active'), v_after.data -> 'cadence',
          v_after.data ->> 'timeZone', v_after.deleted_at, v_after.data ->> 'replanOn')
  on conflict (user_id, mission_id) do update set
    state = excluded.state,
    cadence = excluded.cadence,
    time_zone = excluded.time_zone,
    deleted_at = excluded.deleted_at,
    replan_on = excluded.replan_on,
    -- An inactive mission leaves the queue; a claim ends by its lease, and its runner is told below.
    queue_at = case when v_active then m.queue_at end,
    due_at = case when v_active or m.claim_token is not null then m.due_at end,
    held = case when v_active then m.held end;

  if 'inputs' in (v_before.data ->> 'replanOn', v_after.data ->> 'replanOn') then
    perform refold_mission_reads(p_user_id, p_mission_id);
  end if;

  if is_operator() then
    perform mark_imported(p_user_id, p_mission_id);
  elsif v_active
    and (not v_was_active or planning_fields(v_before.data) is distinct from planning_fields(v_after.data))
    and p_actor ->> 'kind' <> 'ai' and p_actor ->> 'source' is distinct from 'mission-runner'
  then
    perform raise_want(p_user_id, p_mission_id);
  elsif v_active and v_before.data -> 'dailyTokens' is distinct from v_after.data -> 'dailyTokens' then
    perform resume_held(p_user_id, p_mission_id);
  elsif v_was_active and not v_active then
    perform pg_notify('mission_wake', '');
  end if;
end
$$;
