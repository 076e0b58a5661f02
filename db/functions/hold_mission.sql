-- Holds a mission for which a cap allows no call: its want stays, and goes on with the next day (UTC), when the cap is
-- raised, or when calls in flight turn out to cost less than was reserved for them. The caller holds the mission's row.
create or replace function hold_mission(p_mission missions, p_held jsonb, p_now timestamptz) returns void
language sql
set search_path = public, pg_temp as $$
  update missions set
    claim_token = null, runner = null, queue_at = null, held = p_held,
    due_at = ((p_now at time zone 'utc')::date + 1)::timestamp at time zone 'utc',
    -- What weigh_calls has charged to the user is charged here too.
    spent_tokens = case when spent_on = (p_now at time zone 'utc')::date then spent_tokens + p_mission.reserved else spent_tokens end,
    reserved = 0
  where user_id = p_mission.user_id and mission_id = p_mission.mission_id
$$;
