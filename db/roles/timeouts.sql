-- The time-outs of the login that migrates and serves, for whatever connects as it and forgot to set its own. They hold from
-- the next login on, which is why they are not set for the roles above: nobody logs in as these. The transactions of the
-- service set shorter ones for themselves; what may take long (a scan, a migration) says so. What somebody has set stays.
do $$
declare
  v_name text;
  v_value text;
begin
  -- The embedded database has one session, a superuser's, which is the service's own.
  if (select rolsuper from pg_roles where rolname = current_user) then
    return;
  end if;
  for v_name, v_value in
    select name, value
    from (values ('lock_timeout', '5s'), ('statement_timeout', '60s'), ('idle_in_transaction_session_timeout', '60s'),
                 ('transaction_timeout', '5min')) as wanted (name, value)
    where name in (select name from pg_settings)  -- transaction_timeout: from 17 on
      and not exists (
        select from pg_db_role_setting s, unnest(s.setconfig) as setting
        where s.setrole = current_user::regrole
          and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
          and setting like wanted.name || '=%')
  loop
    execute format('alter role current_user set %I = %L', v_name, v_value);
  end loop;
end
$$;
