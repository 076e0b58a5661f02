-- Makes all of a user's plan_reads anew from the folded records, for a rebuild that has swapped these. Wants nothing.
-- The caller holds the user's head row.
create or replace function refold_plan_reads(p_user_id text) returns void
language plpgsql security definer
set search_path = public, pg_temp as $$
begin
  delete from plan_reads where user_id = p_user_id;
  perform refold_mission_reads(p_user_id, record_id) from records
    where user_id = p_user_id and app_id = 'ai' and table_name = 'aiMissions' and data ->> 'replanOn' = 'inputs';
end
$$;
