-- Fires before each row that is deleted from the log: passes only what erase_user deletes, which has left its audit in
-- this very transaction. So nothing of the log can go without a row in erasures, whoever deletes.
create or replace function check_erasure() returns trigger
language plpgsql
set search_path = public, pg_temp as $$
begin
  if current_user <> 'app_definer' or not exists (
    select from erasures where user_hash = hash_user(old.user_id) and xmin = pg_current_xact_id()::xid
  ) then
    raise exception using errcode = 'PM002', constraint = 'log_append_only',
      message = 'sync_changes is append-only: delete is refused', hint = 'Write a new change instead.';
  end if;
  return old;
end
$$;
