-- Puts missions of a user back into the queue that were held only because of calls in flight: one of those has ended. The
-- oldest ten, so that a thousand do not all come for the room of one call; the next that ends calls the next. One that
-- somebody has locked is passed over, and found by the sweep (resume_raised).
create or replace function resume_waiting(p_user_id text) returns void
language plpgsql
set search_path = public, pg_temp
set plan_cache_mode = force_generic_plan as $$
begin
  update missions m set held = null, due_at = null, queue_at = clock_timestamp()
  from (
    select user_id, mission_id from missions
    where user_id = p_user_id and held is not null
      and (held ->> 'spent')::bigint + (held ->> 'needs')::bigint <= (held ->> 'limit')::bigint
    order by wanted_at limit 10 for update skip locked
  ) waiting
  where m.user_id = waiting.user_id and m.mission_id = waiting.mission_id;
  if found then
    perform pg_notify('mission_wake', '');
  end if;
end
$$;
