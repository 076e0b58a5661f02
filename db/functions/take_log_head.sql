-- Fires before each INSERT statement on the log and takes the user's head row, the first lock of every write: from here
-- to the end of the transaction this user's log grows for nobody else, so positions are contiguous and in commit order.
-- It must be a statement trigger: in a row trigger, others could have drawn a position before the lock was held.
--
-- Lock order everywhere: the user's log head first, then missions.
create or replace function take_log_head() returns trigger
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_user_id text := current_user_id();
  v_head user_heads;
begin
  if v_user_id is null then
    perform refuse_change('user_not_set', 'user_id',
      'app.current_user_id is not set; begin; select set_config(''app.current_user_id'', ''<user>'', true); insert ...');
  end if;
  select * into v_head from user_heads where user_id = v_user_id for update;
  if not found then
    insert into user_heads (user_id) values (v_user_id) on conflict (user_id) do nothing;
    select * into v_head from user_heads where user_id = v_user_id for update;
  end if;
  -- The row trigger counts on from here; fold_changes checks the count and the link against the head before it advances it.
  perform set_config('app.log_position', v_head.position::text, true);
  perform set_config('app.log_stamp', v_head.stamp, true);
  perform set_config('app.log_link', v_head.link, true);
  return null;
end
$$;
