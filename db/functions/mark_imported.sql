-- Notes durably that an import has touched a mission: wanted and yet neither queued nor due, where no runner sees it, until
-- settle_mission has worked out from its records what is wanted of it. A mission that is queued or claimed here already
-- stays so, wants anew, and by a number that no archived iteration bears. The caller holds the user's head row.
create or replace function mark_imported(p_user_id text, p_mission_id text, p_want jsonb default null) returns void
language plpgsql
set search_path = public, pg_temp as $$
declare
  v_want bigint := case when jsonb_typeof(p_want) = 'number' and p_want::numeric between 0 and 9007199254740991
    then trunc(p_want::numeric)::bigint else 0 end;
begin
  update missions set
    wanted = greatest(wanted, v_want) + 1,
    due_at = case when claim_token is not null then due_at end,
    held = null
  where user_id = p_user_id and mission_id = p_mission_id;
end
$$;
