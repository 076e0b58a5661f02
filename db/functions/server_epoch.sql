-- The epoch of the logs of this server: ten hexadecimal digits that change when a log may have lost its end, so that a
-- cursor of before is refused instead of silently skipping what was written since. They are made from
--   * the cluster's system identifier and the database's oid: a dump restored elsewhere is another log
--   * the timeline: promotion of a standby and point-in-time restore begin a new one. Read from the WAL's position, which
--     knows it at once; the control file learns it at the next checkpoint
--   * a nonce, for copies that none of these can tell: renew_epoch() after restoring a copied data directory
create or replace function server_epoch() returns text
language plpgsql stable security definer
set search_path = public, pg_temp as $$
declare
  v_timeline text;
begin
  if pg_is_in_recovery() then
    v_timeline := lpad(to_hex((select timeline_id from pg_control_checkpoint())), 8, '0');
  else
    v_timeline := lower(left(pg_walfile_name(pg_current_wal_lsn()), 8));
  end if;
  return left(md5(concat_ws(' ',
    (select nonce from log_epoch), (pg_control_system()).system_identifier, v_timeline,
    (select oid from pg_database where datname = current_database()))), 10);
end
$$;
