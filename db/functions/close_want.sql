-- The last resort for a want of which not even the failure can be recorded: closes it without an iteration, so that
-- nothing is retried for ever. The cadence goes on. Returns false when the claim was lost.
create or replace function close_want(p_user_id text, p_mission_id text, p_token uuid, p_next_run_at timestamptz) returns boolean
language plpgsql security definer
set search_path = public, pg_temp as $$
begin
  perform settle_call(p_user_id, p_mission_id, p_token, null);
  update missions set
    planned = begun, claim_token = null, runner = null, attempts = 0, lapses = 0, next_run_at = p_next_run_at,
    want_causes = case when wanted > begun then want_causes else '[]' end,
    queue_at = case when is_plannable(state, deleted_at) and wanted > begun then clock_timestamp() end,
    due_at = case when is_plannable(state, deleted_at) and wanted = begun then p_next_run_at end
  where user_id = p_user_id and mission_id = p_mission_id and claim_token = p_token;
  return found;
end
$$;
