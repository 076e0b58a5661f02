-- Ends what mark_imported began, for one mission of the current user: idle or queued as src/core/log/mission-row.ts works
-- out. Wakes nobody: a runner finds what is queued at its next sweep. Does nothing for a mission that somebody's edit has
-- queued meanwhile. Lock order: log head, then mission.
create or replace function settle_mission(
  p_mission_id text, p_planned bigint, p_is_queued boolean, p_next_run_at timestamptz
) returns void
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_now timestamptz := clock_timestamp();
  v_mission missions;
  v_floor bigint;
  v_queue_at timestamptz;
begin
  perform lock_log();
  select * into v_mission from missions where user_id = current_user_id() and mission_id = p_mission_id
    and claim_token is null and queue_at is null and due_at is null and wanted > planned for update;
  if not found then
    return;
  end if;
  -- Never back to a number that was begun here before: the answers to it are stored under it.
  v_floor := greatest(v_mission.begun, v_mission.planned, p_planned);
  if p_is_queued then
    update user_heads set queue_at = greatest(v_now, queue_at + interval '1 second')
      where user_id = v_mission.user_id returning queue_at into v_queue_at;
  end if;
  update missions set
    wanted = v_floor + p_is_queued::int,
    wanted_at = case when p_is_queued then v_now end,
    begun = v_floor,
    planned = case when p_is_queued then greatest(planned, p_planned) else v_floor end,
    attempts = 0,
    next_run_at = p_next_run_at,
    queue_at = v_queue_at,
    due_at = p_next_run_at
  where user_id = v_mission.user_id and mission_id = p_mission_id;
end
$$;
