-- Hands a claim back unplanned: to the queue at once, or, with p_retry_at, for another attempt then. An edit that came
-- meanwhile goes to the queue at once in any case. p_forget_attempt: the attempt was cut short by us (an edit, a clean
-- stop) and does not count. Returns false when the claim was lost already.
create or replace function release_claim(
  p_user_id text, p_mission_id text, p_token uuid, p_retry_at timestamptz default null, p_forget_attempt boolean default false
) returns boolean
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_queue_at timestamptz;
begin
  update missions set
    claim_token = null,
    runner = null,
    attempts = attempts - p_forget_attempt::int,
    queue_at = case when is_plannable(state, deleted_at) and (p_retry_at is null or wanted > begun) then clock_timestamp() end,
    due_at = case when is_plannable(state, deleted_at) and wanted = begun then p_retry_at end
  where user_id = p_user_id and mission_id = p_mission_id and claim_token = p_token
  returning queue_at into v_queue_at;
  if not found then
    return false;
  end if;
  if v_queue_at is not null then
    perform pg_notify('mission_wake', '');
  end if;
  return true;
end
$$;
