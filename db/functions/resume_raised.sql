-- The sweep of what caps hold: puts back into the queue what is held by a lower cap than the operator has set now, and what
-- waits for calls in flight, in case nobody told it that they had ended.
create or replace function resume_raised(p_budget jsonb) returns void
language sql security definer
set search_path = public, pg_temp as $$
  update missions m set held = null, due_at = null, queue_at = clock_timestamp()
  from (
    select user_id, mission_id from missions
    where held is not null
      and ((p_budget ->> (held ->> 'cap'))::bigint > (held ->> 'limit')::bigint
           or (held ->> 'spent')::bigint + (held ->> 'needs')::bigint <= (held ->> 'limit')::bigint)
    limit 1000 for update skip locked
  ) raised
  where m.user_id = raised.user_id and m.mission_id = raised.mission_id
$$;
