-- The epoch of the current user's log, which every cursor bears; without a user, the server's.
create or replace function current_epoch() returns text
language plpgsql stable security definer
set search_path = public, pg_temp as $$
declare
  v_server_epoch text := server_epoch();
begin
  return log_epoch_of(v_server_epoch, current_user_id());
end
$$;
