-- Removes the current user whole, in the caller's transaction, and leaves a row in erasures, which names nobody. Returns
-- how many rows of what are gone. The audit comes first: check_erasure lets nothing of the log go without it. Missions go
-- before model_calls, which record_call writes under the mission's lock. Lock order: log head, then mission.
create or replace function erase_user() returns table (what text, removed bigint)
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_user_id text := current_user_id();
  v_table text;
begin
  perform lock_log();
  insert into erasures (user_hash, erased_at, changes)
  values (hash_user(v_user_id), clock_timestamp(), (select count(*) from sync_changes where user_id = v_user_id));
  foreach v_table in array
    array['sync_changes', 'records', 'missions', 'plan_reads', 'model_calls', 'spending', 'stream_tickets', 'user_heads']
  loop
    execute format('delete from %I where user_id = $1', v_table) using v_user_id;
    get diagnostics removed = row_count;
    what := v_table;
    return next;
  end loop;
  -- Open streams look, find that their log is gone and end; whoever is planning finds the claim gone.
  perform pg_notify('log_changed', jsonb_build_array(v_user_id)::text);
  perform pg_notify('mission_wake', '');
end
$$;
