-- Write-back: one transaction, valid only while the claim still holds and nobody has edited the mission since it was
-- claimed. Supersedes the mission's undecided older proposals (unless p_failed: there is no newer plan), appends p_changes (the iteration, its proposals, and the
-- effects of steps that the policy lets run at once) and closes the want. Returns 'recorded', or, with nothing written,
--   'claim_lost'      another runner has, or may have, the claim
--   'mission_edited'  the mission wants a newer plan, or is no longer active; it is handed back
-- Lock order: log head, then mission.
create or replace function record_plan(
  p_user_id text, p_mission_id text, p_token uuid, p_changes jsonb, p_failed boolean, p_next_run_at timestamptz,
  p_now timestamptz default null
) returns text
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_mission missions;
begin
  perform set_config('app.current_user_id', p_user_id, true);
  -- Not lock_log, which would begin the log anew of a user who was erased meanwhile.
  perform from user_heads where user_id = p_user_id for update;
  if not found then
    return 'claim_lost';
  end if;
  select * into v_mission from missions where user_id = p_user_id and mission_id = p_mission_id for update;
  if v_mission.claim_token is distinct from p_token or v_mission.due_at <= coalesce(p_now, clock_timestamp()) then
    return 'claim_lost';
  end if;
  if v_mission.wanted > v_mission.begun or not is_plannable(v_mission.state, v_mission.deleted_at) then
    perform release_claim(p_user_id, p_mission_id, p_token, null, true);
    return 'mission_edited';
  end if;

  -- The plan at hand answers the want with these causes; what it causes in turn goes by its own record of them.
  if v_mission.want_causes <> '[]' then
    update missions set want_causes = '[]' where user_id = p_user_id and mission_id = p_mission_id;
  end if;

  -- A failed attempt has no plan that could replace the older one: what it proposed stays open.
  insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
  select p_user_id, 'ai', 'aiProposals', r.record_id, 'update',
         jsonb_build_object('status', 'superseded', 'decidedAt', format_stamp(coalesce(p_now, clock_timestamp()))),
         '{"kind":"system","source":"mission-runner"}'
  from records r
  where r.user_id = p_user_id and r.app_id = 'ai' and r.table_name = 'aiProposals' and r.deleted_at is null
    and r.data ->> 'status' = 'pending' and r.data ->> 'missionId' = p_mission_id
    and not p_failed
  order by r.first_position;

  insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
  select p_user_id, c ->> 'appId', c ->> 'tableName', c ->> 'recordId', c ->> 'op', c -> 'data', c -> 'actor'
  from jsonb_array_elements(p_changes) with ordinality as changes(c, n)
  order by n;

  -- Wanted again already, where what a read tool showed changed while the model thought (late_reads).
  update missions set
    planned = begun, claim_token = null, runner = null, attempts = 0, next_run_at = p_next_run_at,
    queue_at = case when wanted > begun then clock_timestamp() end,
    due_at = case when wanted = begun then p_next_run_at end
  where user_id = p_user_id and mission_id = p_mission_id;
  return 'recorded';
end
$$;
