-- Stores one exchange with a model as soon as it arrives, and settles what was reserved for it. Returns false, and stores nothing, when the claim was lost.
create or replace function record_call(p_user_id text, p_mission_id text, p_token uuid, p_call jsonb) returns boolean
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_want bigint;
begin
  select begun into v_want from missions
    where user_id = p_user_id and mission_id = p_mission_id and claim_token = p_token for update;
  if not found then
    return false;
  end if;
  insert into model_calls (user_id, mission_id, want, number, model, request, response, answer,
                           input_tokens, output_tokens, duration_ms, created_at)
  values (p_user_id, p_mission_id, v_want,
          (select coalesce(max(number), 0) + 1 from model_calls
           where (user_id, mission_id, want) = (p_user_id, p_mission_id, v_want)),
          p_call ->> 'model', p_call -> 'request', p_call -> 'response', p_call ->> 'answer',
          (p_call ->> 'inputTokens')::int, (p_call ->> 'outputTokens')::int, (p_call ->> 'durationMs')::int,
          clock_timestamp());
  perform settle_call(p_user_id, p_mission_id, p_token,
                      (p_call ->> 'inputTokens')::bigint + (p_call ->> 'outputTokens')::bigint);
  perform resume_waiting(p_user_id);
  return true;
end
$$;
