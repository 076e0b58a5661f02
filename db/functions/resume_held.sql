-- Puts a held mission back into the queue, as when its person has raised its cap. The caller holds the user's head row.
create or replace function resume_held(p_user_id text, p_mission_id text) returns void
language plpgsql
set search_path = public, pg_temp as $$
begin
  update missions set held = null, due_at = null, queue_at = clock_timestamp()
    where user_id = p_user_id and mission_id = p_mission_id and held is not null;
  if found then
    perform pg_notify('mission_wake', '');
  end if;
end
$$;
