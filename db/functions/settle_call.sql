-- Turns the reservation of a claim into what the call has cost: p_tokens as the provider reports them, more than was
-- reserved if it says so; null (it said nothing, or nobody heard) is all that was reserved. Without a reservation and
-- without tokens it does nothing. Lock order: mission, then spending.
create or replace function settle_call(p_user_id text, p_mission_id text, p_token uuid, p_tokens bigint) returns void
language plpgsql
set search_path = public, pg_temp as $$
declare
  v_reserved bigint;
begin
  select reserved into v_reserved from missions
    where user_id = p_user_id and mission_id = p_mission_id and claim_token = p_token for update;
  if not found or (v_reserved = 0 and p_tokens is null) then
    return;
  end if;
  update missions set reserved = 0, spent_tokens = spent_tokens + coalesce(p_tokens, v_reserved)
    where user_id = p_user_id and mission_id = p_mission_id;
  update spending set calls = calls + 1, tokens = tokens + coalesce(p_tokens, v_reserved) where user_id = p_user_id;
end
$$;
