-- Makes all of the current user's plan_reads anew from the folded records, for a rebuild. Wants nothing.
create or replace function refold_plan_reads() returns void
language plpgsql security definer
set search_path = public, pg_temp as $$
begin
  perform lock_log();
  delete from plan_reads where user_id = current_user_id();
  insert into plan_reads
  select reads.* from records r cross join lateral reads_of_mission(r.user_id, r.record_id) reads
  where r.user_id = current_user_id() and r.app_id = 'ai' and r.table_name = 'aiMissions' and r.data ->> 'replanOn' = 'inputs';
end
$$;
