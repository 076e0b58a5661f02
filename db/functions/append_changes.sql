-- Appends changes to a user's log, in their order: what the plain insert does, in less time where that comes to the same.
--
-- The row trigger that admits a change costs 0.1 ms for each. Here the whole batch is held, in one statement, against what
-- that trigger would leave as it is. A change that bears one time for all of its fields gives it as `at`, in milliseconds:
-- field_timestamps is made from that and needs no look. One change that the trigger would complete, mend, skip or refuse, and
-- all go by the plain insert: what is refused, and how, is decided in one place, admit_change.
-- Only app_definer may give a position (policies/grants.sql), and where it does that trigger does not fire
-- (triggers/sync_changes.sql).
--
-- Answers with the event ids of what the log admitted, in its order, the position of the last of them (they follow one
-- another), and whether a field of them may have lost to what a record held already.
create or replace function append_changes(p_user_id text, p_changes json, out ids text[], out last_position bigint, out lost boolean)
language plpgsql security definer
set search_path = public, pg_temp as $$
begin
  perform set_config('app.log_lost', 'off', true); -- fold_range switches it on
  begin
    with given as materialized (
      select c.n, coalesce(c.id, gen_random_uuid()::text) as id, c.app_id, c.table_name, c.record_id, c.op, c.data, c.at,
             stamp_of(c.at) as stamp, c.client_id, c.schema_version, c.actor,
             case when c.op = 'delete' then array['deletedAt']
                  when jsonb_typeof(c.data) <> 'object' then null
                  when c.op = 'insert' then array(select jsonb_object_keys(c.data)) || 'deletedAt'::text
                  when c.op = 'update' then array(select jsonb_object_keys(c.data)) end as fields
      from given_changes(p_changes) c
    ), judged as materialized (
      -- Made when the statement asks for its first row: by then its first trigger, take_log_head, has locked the head.
      select current_setting('app.log_position')::bigint as head, current_setting('app.log_link') as link,
             clock_timestamp() as now, max(g.at) as latest,
             p_user_id = current_user_id() and length(p_user_id) <= 200 and bool_and(coalesce(
               length(g.id) between 1 and 200 and length(g.app_id) between 1 and 200
               and length(g.table_name) between 1 and 200 and length(g.record_id) between 1 and 200
               and length(g.client_id) between 1 and 200 and g.schema_version >= 1 and g.at >= 0
               and g.actor = '{"kind":"user"}' and g.fields is not null
               and case when g.op = 'delete' then g.data = jsonb_build_object('deletedAt', g.stamp)
                        else coalesce(g.data -> 'deletedAt' = 'null', true) end,
               false)) as is_plain
      from given g
    ), log as materialized (
      select j.head, j.link, j.now, set_config('app.log_stamp', greatest(
               stamp_of(j.latest) collate "C",
               least(current_setting('app.log_stamp') collate "C", format_stamp(j.now + interval '60 seconds') collate "C")),
             true) as stamp
      from judged j
      where j.is_plain and j.latest <= floor(extract(epoch from j.now) * 1000) + 60000
    ), appended as (
      insert into sync_changes (user_id, position, id, app_id, table_name, record_id, op, data, field_timestamps, client_id,
                                schema_version, actor, created_at, link)
      select p_user_id, log.head + g.n, g.id, g.app_id, g.table_name, g.record_id, g.op, g.data,
             jsonb_object(g.fields, array_fill(g.stamp, array[cardinality(g.fields)])), g.client_id, g.schema_version,
             g.actor, log.now, case when g.n = 1 then log.link end
      from log cross join given g
      where log.stamp is not null
      returning sync_changes.id, sync_changes.position
    )
    select array_agg(a.id order by a.position), max(a.position) into ids, last_position from appended a;
  exception when unique_violation then -- an event id that the log has already, or twice in the batch
    ids := null;
  end;
  if ids is null then
    with appended as (
      insert into sync_changes as s
        (user_id, id, app_id, table_name, record_id, op, data, field_timestamps, client_id, schema_version, actor)
      select p_user_id, c.id, c.app_id, c.table_name, c.record_id, c.op, c.data,
             coalesce(c.field_timestamps, case when jsonb_typeof(c.data) = 'object' then (
               select jsonb_object_agg(f.key, stamp_of(c.at)) from jsonb_object_keys(c.data) f (key) where c.at is not null) end,
               '{}'),
             c.client_id, c.schema_version, c.actor
      from given_changes(p_changes) c
      order by c.n
      returning s.id, s.position
    )
    select array_agg(a.id order by a.position), max(a.position) into ids, last_position from appended a;
  end if;
  lost := current_setting('app.log_lost') = 'on';
end
$$;
