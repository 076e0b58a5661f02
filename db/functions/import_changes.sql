-- Appends archived changes, in their order, to the log of the current user, by the log's own triggers, so that none of its
-- rules is skipped: what the log has already is left out, and positions are the log's to give. Only the time of arrival is
-- kept as archived, but never before that of the change before it here, and never in the future; see admit_change.
create or replace function import_changes(p_changes jsonb) returns void
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_user_id text := current_user_id();
  v_head bigint := lock_log();
  v_latest timestamptz := (select created_at from sync_changes where user_id = v_user_id and position = v_head);
begin
  insert into sync_changes (user_id, id, app_id, table_name, record_id, op, data, field_timestamps, client_id,
                            schema_version, actor, created_at)
  select v_user_id, c ->> 'id', c ->> 'appId', c ->> 'tableName', c ->> 'recordId', c ->> 'op', c -> 'data',
         c -> 'fieldTimestamps', c ->> 'clientId', (c ->> 'schemaVersion')::int, c -> 'actor',
         greatest(v_latest, max((c ->> 'createdAt')::timestamptz) over (order by n))
  from jsonb_array_elements(p_changes) with ordinality as changes (c, n)
  order by n;
end
$$;
