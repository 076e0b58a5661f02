-- Writes rows of the current user's missions as the operator's rebuild made them from the log (whole rows, as to_jsonb gives
-- them, which the caller has locked by lock_missions), and removes those of missions that the log does not have. What is
-- queued by it waits for the next sweep: it wakes nobody.
create or replace function mend_missions(p_rows jsonb, p_phantoms jsonb) returns void
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_user_id text := current_user_id();
begin
  perform lock_log();
  delete from missions
  where user_id = v_user_id and mission_id in (select jsonb_array_elements_text(p_phantoms));
  insert into missions
  select * from jsonb_populate_recordset(null::missions, p_rows) m where m.user_id = v_user_id
  on conflict (user_id, mission_id) do update set
    state = excluded.state, cadence = excluded.cadence, time_zone = excluded.time_zone, deleted_at = excluded.deleted_at,
    replan_on = excluded.replan_on, wanted = excluded.wanted, wanted_at = excluded.wanted_at, begun = excluded.begun,
    planned = excluded.planned, next_run_at = excluded.next_run_at, claim_token = excluded.claim_token,
    runner = excluded.runner, attempts = excluded.attempts, queue_at = excluded.queue_at, due_at = excluded.due_at,
    held = case when excluded.queue_at is null and excluded.claim_token is null and excluded.wanted > excluded.planned
      then missions.held end;
end
$$;
