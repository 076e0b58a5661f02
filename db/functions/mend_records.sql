-- Makes records of the current user what the log says: for the operator's rebuild, which has worked out, apart from the fold
-- in SQL, which write of each field is held. Every value is copied from that write in the log, so that this cannot put
-- anything into a record which the log does not have. It plans nothing and tells nobody.
--
-- p_records: {appId, tableName, recordId, firstPosition, lastPosition, writes: {field: position}}; without writes the log
-- has no such record, and it goes.
create or replace function mend_records(p_records jsonb) returns void
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_user_id text := current_user_id();
begin
  perform lock_log();
  delete from records r using jsonb_array_elements(p_records) m
  where r.user_id = v_user_id and r.app_id = m ->> 'appId' and r.table_name = m ->> 'tableName'
    and r.record_id = m ->> 'recordId' and m -> 'writes' is null;

  insert into records as r
    (user_id, app_id, table_name, record_id, data, field_meta, deleted_at, first_position, last_position)
  select v_user_id, m.app_id, m.table_name, m.record_id, coalesce(w.data, '{}') - 'deletedAt', coalesce(w.field_meta, '{}'),
         (w.data ->> 'deletedAt')::timestamptz, m.first_position, m.last_position
  from (
    select e ->> 'appId' as app_id, e ->> 'tableName' as table_name, e ->> 'recordId' as record_id, e -> 'writes' as writes,
           (e ->> 'firstPosition')::bigint as first_position, (e ->> 'lastPosition')::bigint as last_position
    from jsonb_array_elements(p_records) e where e -> 'writes' is not null
  ) m
  cross join lateral (
    select jsonb_object_agg(f.key, coalesce(c.data -> f.key, 'null')) as data,
           jsonb_object_agg(f.key, jsonb_build_object(
             'updatedAt', c.field_timestamps ->> f.key, 'clientId', c.client_id, 'position', c.position)) as field_meta
    from jsonb_each(m.writes) f
    join sync_changes c on c.user_id = v_user_id and c.position = f.value::bigint
      and c.app_id = m.app_id and c.table_name = m.table_name and c.record_id = m.record_id
  ) w
  on conflict (user_id, app_id, table_name, record_id) do update set
    data = excluded.data,
    field_meta = excluded.field_meta,
    deleted_at = excluded.deleted_at,
    first_position = excluded.first_position,
    last_position = excluded.last_position;
end
$$;
