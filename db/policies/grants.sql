-- Who may do what. Starts from nothing at every migrate, so that a right taken out of this file is gone.
revoke all on log_epoch, user_heads, sync_changes, records, missions, model_calls, spending, stream_tickets, plan_reads, erasures
  from public, app_user, app_runner, app_operator, app_definer;

grant select on user_heads, sync_changes, records, missions, model_calls, spending to app_user;
-- Position and arrival are the log's to give; the projections are the definer's to write.
grant insert (user_id, id, app_id, table_name, record_id, op, data, field_timestamps, client_id, schema_version, actor)
  on sync_changes to app_user;

grant select on iterations, proposals, tasks, events, places, notes, goals, mission_details to app_user;

grant select on missions to app_runner;

grant select on user_heads, sync_changes, records, missions, model_calls, spending, plan_reads to app_operator;

-- To delete is what erase_user and a rebuild need; check_erasure lets nothing of the log go without its audit.
grant select, insert, update, delete on user_heads, records, missions, spending, plan_reads to app_definer;
grant select, insert, delete on sync_changes, model_calls to app_definer;
grant select, insert on erasures to app_definer;
-- (To lock a row is to have the right to update it.)
grant select, insert, update, delete on stream_tickets to app_definer;
grant select, update on log_epoch to app_definer;


