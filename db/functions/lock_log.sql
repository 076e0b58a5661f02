-- Takes the current user's head row for the rest of the transaction and returns the log's position: for a decision that
-- must be made on a state that nobody else is changing.
create or replace function lock_log() returns bigint
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_position bigint;
begin
  if current_user_id() is null then
    perform refuse_change('user_not_set', 'user_id', 'app.current_user_id is not set');
  end if;
  loop
    select position into v_position from user_heads where user_id = current_user_id() for update;
    if found then
      return v_position;
    end if;
    -- The first change of all, or the row went by an erasure while this waited for it.
    insert into user_heads (user_id) values (current_user_id()) on conflict (user_id) do nothing;
  end loop;
end
$$;
