-- The heartbeat: extends the leases of claims that still stand and returns their tokens. A token that does not come back
-- was lost: the lease lapsed, the mission was edited (its want is newer than the one begun), or it is no longer active.
-- A mission that somebody's open transaction has locked is passed over, and its token comes back as standing: to wait for
-- it would hold up the leases of all others. What that transaction changes is found at the next heartbeat.
create or replace function extend_claims(p_tokens uuid[], p_lease interval, p_now timestamptz default null)
returns setof uuid
language sql security definer
set search_path = public, pg_temp as $$
  with free as (
    select user_id, mission_id, claim_token,
           wanted = begun and is_plannable(state, deleted_at) and due_at > coalesce(p_now, clock_timestamp()) as stands
    from missions where claim_token is not null and claim_token = any (p_tokens)
    for update skip locked
  ), extended as (
    update missions m set due_at = coalesce(p_now, clock_timestamp()) + p_lease
    from free f where m.user_id = f.user_id and m.mission_id = f.mission_id and f.stands
    returning m.claim_token
  )
  select claim_token from extended
  union all
  select claim_token from missions
  where claim_token is not null and claim_token = any (p_tokens) and claim_token not in (select claim_token from free)
$$;
