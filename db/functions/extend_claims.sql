-- The heartbeat: extends the leases of claims that still stand and returns their tokens. A token that does not come back
-- was lost: the lease lapsed, the mission was edited (its want is newer than the one begun), or it is no longer active.
create or replace function extend_claims(p_tokens uuid[], p_lease interval, p_now timestamptz default null)
returns setof uuid
language sql security definer
set search_path = public, pg_temp as $$
  update missions set due_at = coalesce(p_now, clock_timestamp()) + p_lease
  where claim_token = any (p_tokens) and claim_token is not null
    and due_at > coalesce(p_now, clock_timestamp())
    and wanted = begun and is_plannable(state, deleted_at)
  returning claim_token
$$;
