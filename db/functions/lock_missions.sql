-- Rows of the current user's missions, locked until the transaction ends: the runner claims and releases without the log's
-- lock, so whoever mends a row must hold it. Lock order: log head, then missions.
create or replace function lock_missions(p_mission_ids jsonb) returns setof missions
language plpgsql security definer
set search_path = public, pg_temp as $$
begin
  perform lock_log();
  return query
    select m.* from missions m
    where m.user_id = current_user_id() and m.mission_id in (select jsonb_array_elements_text(p_mission_ids))
    order by m.mission_id for update;
end
$$;
