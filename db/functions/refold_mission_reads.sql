-- Makes the rows of one mission in plan_reads anew from the folded records. The caller holds the user's head row.
create or replace function refold_mission_reads(p_user_id text, p_mission_id text) returns void
language plpgsql
set search_path = public, pg_temp as $$
begin
  delete from plan_reads where user_id = p_user_id and mission_id = p_mission_id;
  insert into plan_reads select * from reads_of_mission(p_user_id, p_mission_id);
end
$$;
