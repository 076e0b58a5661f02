-- All triggers on the log, in firing order. ENABLE ALWAYS: a session in replica role skips ordinary triggers.
create or replace trigger tg_sync_changes__100_take_log_head
  before insert on sync_changes for each statement execute function take_log_head();
create or replace trigger tg_sync_changes__200_admit_change
  before insert on sync_changes for each row when (new.position is null or current_user <> 'app_definer')
  execute function admit_change();
create or replace trigger tg_sync_changes__300_fold_changes
  after insert on sync_changes referencing new table as new_changes
  for each statement execute function fold_changes();
create or replace trigger tg_sync_changes__900_refuse_rewrite
  before update or delete on sync_changes for each statement execute function refuse_rewrite();
create or replace trigger tg_sync_changes__910_check_erasure
  before delete on sync_changes for each row execute function check_erasure();
create or replace trigger tg_sync_changes__900_refuse_truncate
  before truncate on sync_changes for each statement execute function refuse_rewrite();

alter table sync_changes enable always trigger tg_sync_changes__100_take_log_head;
alter table sync_changes enable always trigger tg_sync_changes__200_admit_change;
alter table sync_changes enable always trigger tg_sync_changes__300_fold_changes;
alter table sync_changes enable always trigger tg_sync_changes__900_refuse_rewrite;
alter table sync_changes enable always trigger tg_sync_changes__900_refuse_truncate;
alter table sync_changes enable always trigger tg_sync_changes__910_check_erasure;
