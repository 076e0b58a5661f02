-- Where the logs of some users end, and the epoch: for the streams of a process, which check it with each heartbeat since
-- any notification may have been lost. Tells positions only.
create or replace function log_heads(p_user_ids jsonb) returns table (user_id text, "position" bigint, epoch text)
language sql stable security definer
set search_path = public, pg_temp as $$
  select asked.user_id, coalesce(h.position, 0), log_epoch_of(log.epoch, asked.user_id)
  from jsonb_array_elements_text(p_user_ids) as asked (user_id)
  cross join (select server_epoch() as epoch offset 0) log
  left join user_heads h on h.user_id = asked.user_id
$$;
