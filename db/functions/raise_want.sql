-- Records durably that a mission wants a plan, in the writer's own transaction, and notifies: the row is the truth, the
-- notification only a hint that saves waiting for the sweep.
--
-- The queue is fair between users by virtual time (start-time fair queueing, Goyal et al. 1996): a user's wants are
-- placed one virtual second apart, so a thousand missions of one user do not starve another's one.
-- p_causes: the missions whose effects led, step by step, to this want; none where a person began it. A mission never
-- wants a plan because of its own effects, so no chain has a mission twice. Wants that coalesce unite their causes.
-- The caller holds the user's head row (lock order: log head, then mission).
create or replace function raise_want(p_user_id text, p_mission_id text, p_causes jsonb default '[]') returns void
language plpgsql
set search_path = public, pg_temp as $$
declare
  v_now timestamptz := clock_timestamp();
  v_mission missions;
  v_queue_at timestamptz;
begin
  if p_causes ? p_mission_id then
    return;
  end if;
  select * into v_mission from missions where user_id = p_user_id and mission_id = p_mission_id for update;
  if not found or not is_plannable(v_mission.state, v_mission.deleted_at) then
    return;
  end if;
  if v_mission.claim_token is null and v_mission.queue_at is null then
    update user_heads set queue_at = greatest(v_now, queue_at + interval '1 second')
      where user_id = p_user_id returning queue_at into v_queue_at;
  end if;
  update missions set
    wanted = wanted + 1,
    wanted_at = v_now,
    want_causes = (select coalesce(jsonb_agg(distinct cause), '[]') from jsonb_array_elements(want_causes || p_causes) cause),
    attempts = case when claim_token is null then 0 else attempts end,
    lapses = case when claim_token is null then 0 else lapses end,
    held = null,
    queue_at = coalesce(v_queue_at, queue_at),
    due_at = case when claim_token is not null then due_at end
  where user_id = p_user_id and mission_id = p_mission_id;
  -- Every NOTIFY serialises commits, so it is sent only where somebody has something new to do: the mission enters the
  -- queue, or its claim is working on what is now an old want. Who is to wake for a mission that is queued already, or
  -- for a claim that was edited already, was notified then.
  if v_queue_at is not null or (v_mission.claim_token is not null and v_mission.wanted = v_mission.begun) then
    perform pg_notify('mission_wake', '');
  end if;
end
$$;
