-- Reserves for another call under a claim, or for a larger one than the claim has reserved: 'reserved', 'held' (a cap does
-- not allow it; the claim is given back, and the attempt does not count) or 'claim_lost'. What the claim still has
-- reserved was not used, and is part of it.
create or replace function reserve_call(
  p_user_id text, p_mission_id text, p_token uuid, p_tokens bigint, p_budget jsonb, p_now timestamptz default null
) returns text
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_today date := (v_now at time zone 'utc')::date;
  v_mission missions;
  v_verdict jsonb;
begin
  select * into v_mission from missions
    where user_id = p_user_id and mission_id = p_mission_id and claim_token = p_token for update;
  if not found then
    return 'claim_lost';
  end if;
  v_mission.reserved := 0;
  v_verdict := (weigh_calls(array[v_mission], p_tokens, p_budget, v_now))[1];
  if v_verdict is null then
    update missions set reserved = p_tokens, spent_on = v_today,
        spent_tokens = case when spent_on = v_today then spent_tokens else 0 end
      where user_id = p_user_id and mission_id = p_mission_id;
    return 'reserved';
  end if;
  if v_mission.wanted > v_mission.begun or not is_plannable(v_mission.state, v_mission.deleted_at) then
    perform release_claim(p_user_id, p_mission_id, p_token, null, true, false);
    return 'claim_lost';
  end if;
  perform hold_mission(v_mission, v_verdict, v_now);
  update missions set attempts = attempts - 1 where user_id = p_user_id and mission_id = p_mission_id;
  return 'held';
end
$$;
