-- The heartbeat: returns the tokens of the claims that still stand, and extends the leases of which a fifth is over (it is
-- asked at each edit, and an update for each would rewrite all claims as often). A token that does not come back was lost:
-- the lease lapsed, the mission was edited (its want is newer than the one begun), or it is no longer active.
-- A mission that somebody's open transaction has locked is passed over: to wait for it would hold up the leases of all
-- others. What that transaction changes is found at the next heartbeat.
create or replace function extend_claims(p_tokens uuid[], p_lease interval, p_now timestamptz default null)
returns setof uuid
language sql security definer
set search_path = public, pg_temp as $$
  with standing as (
    select user_id, mission_id, claim_token, due_at from missions
    where claim_token is not null and claim_token = any (p_tokens)
      and wanted = begun and is_plannable(state, deleted_at) and due_at > coalesce(p_now, clock_timestamp())
  ), ending as (
    select m.user_id, m.mission_id
    from standing s join missions m on m.user_id = s.user_id and m.mission_id = s.mission_id
    where s.due_at < coalesce(p_now, clock_timestamp()) + p_lease * 0.8
      and m.claim_token = s.claim_token and m.wanted = m.begun and is_plannable(m.state, m.deleted_at)
    for update of m skip locked
  ), extended as (
    update missions m set due_at = coalesce(p_now, clock_timestamp()) + p_lease
    from ending e where m.user_id = e.user_id and m.mission_id = e.mission_id
  )
  select claim_token from standing
$$;
