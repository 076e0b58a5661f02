-- The roles of the service, none of which can log in, is a superuser, or bypasses row-level security:
--   app_user     a person: sees and appends to the log of the user in app.current_user_id, and nobody's when unset
--   app_runner   the runner: sees what to plan across users, and content only of the missions that it has claimed
--   app_operator the operator's commands: sees the user in app.current_user_id as app_user does, may list the users, and
--                may call what mends a projection, restores an archive and erases a user
--   app_definer  owns the functions and triggers that keep the projections: the only writer of them
do $$
declare
  v_role text;
begin
  foreach v_role in array array['app_user', 'app_runner', 'app_operator', 'app_definer'] loop
    begin
      if not exists (select from pg_roles where rolname = v_role) then
        execute format('create role %I nologin', v_role);
      end if;
    exception when duplicate_object or unique_violation then
      null; -- roles belong to the cluster: another database of it was migrated at the same moment
    end;
    if exists (select from pg_roles where rolname = v_role and (rolcanlogin or rolsuper or rolbypassrls)) then
      raise exception 'role % can log in, is a superuser or bypasses row-level security', v_role
        using hint = format('alter role %I nologin nosuperuser nobypassrls', v_role);
    end if;
    -- The login that migrates and serves takes each role on by "set local role". From 16 on without inheriting what the
    -- role may see; before, membership always inherits, so policies/zz_release_definer.sql ends the definer's again.
    if (select rolsuper from pg_roles where rolname = current_user) then
      continue;
    elsif current_setting('server_version_num')::int >= 160000 then
      -- To have created a role is to be its member, but neither to inherit from it nor to become it.
      if not pg_has_role(current_user, v_role, 'set') then
        execute format('grant %I to current_user with inherit false, set true', v_role);
      end if;
    elsif not pg_has_role(current_user, v_role, 'member') then
      execute format('grant %I to current_user', v_role);
    end if;
  end loop;
end
$$;
grant usage on schema public to app_user, app_runner, app_operator, app_definer;
-- The functions are created as app_definer, so that they are its own; policies/zz_release_definer.sql takes this back.
grant create on schema public to app_definer;
