-- The rows of the current user's plan_reads that are not as the folded records have them. By one snapshot, without a lock.
create or replace function differing_plan_reads() returns table (
  mission_id text, app_id text, table_name text, record_id text, is_held boolean, held jsonb,
  is_expected boolean, expected jsonb
)
language sql stable security definer
set search_path = public, pg_temp as $$
  with expected as (
    select reads.* from records r cross join lateral reads_of_mission(r.user_id, r.record_id) reads
    where r.user_id = current_user_id() and r.app_id = 'ai' and r.table_name = 'aiMissions' and r.data ->> 'replanOn' = 'inputs'
  ), held as (
    select * from plan_reads where user_id = current_user_id()
  )
  select mission_id, app_id, table_name, record_id, h.user_id is not null, h.fields, e.user_id is not null, e.fields
  from held h full join expected e using (mission_id, app_id, table_name, record_id)
  where h.fields is distinct from e.fields -- null: no such row; watched whole is the jsonb null, which is not the same
$$;
