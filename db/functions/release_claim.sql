-- Hands a claim back unplanned: to the queue at once, or, with p_retry_at, for another attempt then. An edit that came
-- meanwhile goes to the queue at once in any case. p_forget_attempt: the attempt was cut short by us (an edit, a clean
-- stop) and does not count. p_is_paid: a call may be under way, and counts as costing all that is reserved for it. Returns false when the claim was lost already.
create or replace function release_claim(
  p_user_id text, p_mission_id text, p_token uuid, p_retry_at timestamptz default null, p_forget_attempt boolean default false,
  p_is_paid boolean default true
) returns boolean
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_queue_at timestamptz;
begin
  if p_is_paid then
    perform settle_call(p_user_id, p_mission_id, p_token, null);
  end if;
  update missions set
    claim_token = null,
    runner = null,
    reserved = 0,
    attempts = attempts - p_forget_attempt::int,
    queue_at = case when is_plannable(state, deleted_at) and (p_retry_at is null or wanted > begun) then clock_timestamp() end,
    due_at = case when is_plannable(state, deleted_at) and wanted = begun then p_retry_at end
  where user_id = p_user_id and mission_id = p_mission_id and claim_token = p_token
  returning queue_at into v_queue_at;
  if not found then
    return false;
  end if;
  perform resume_waiting(p_user_id);
  if v_queue_at is not null then
    perform pg_notify('mission_wake', '');
  end if;
  return true;
end
$$;
