-- Takes back what only the migration needed. (Comes last: files apply in the order of their names.)
revoke create on schema public from app_definer;
do $$
begin
  if current_setting('server_version_num')::int < 160000
    and (select rolcreaterole and not rolsuper from pg_roles where rolname = current_user)
  then
    execute 'revoke app_definer from current_user';
  end if;
end
$$;
