-- Queues what has come due: the cadence of an idle mission (a new want), the next attempt after a failure, and claims
-- whose lease ended (what such a claim reserved stays counted as spent), and with a new day what a cap held. A run missed while nothing was running happens once: next_run_at is one instant, not a series.
create or replace function queue_due_missions(p_now timestamptz) returns int
language plpgsql
set search_path = public, pg_temp as $$
declare
  v_count int;
begin
  with due as (
    select user_id, mission_id, due_at from missions where due_at <= p_now order by due_at limit 1000 for update skip locked
  ), placed as (
    select user_id, mission_id, row_number() over (partition by user_id order by due_at) as nth from due
  )
  update missions m set
    wanted = m.wanted + (m.claim_token is null and m.wanted = m.planned)::int,
    wanted_at = case when m.claim_token is null and m.wanted = m.planned then p_now else m.wanted_at end,
    claim_token = null,
    runner = null,
    lapses = m.lapses + (m.claim_token is not null)::int,
    held = null,
    queue_at = case when is_plannable(m.state, m.deleted_at) then p_now + (p.nth - 1) * interval '1 second' end,
    due_at = null
  from placed p where m.user_id = p.user_id and m.mission_id = p.mission_id;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;
