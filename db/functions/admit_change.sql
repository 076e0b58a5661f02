-- Fires for each row that a statement inserts into the log: refuses what is malformed, completes what the writer may
-- leave out (event id, times), skips what the log has already, and gives the row its position. After it:
--   * field_timestamps names exactly the fields that the change writes, each with a normalised time;
--   * an insert also writes deletedAt (null unless given), so that a later insert brings a deleted record back;
--   * a delete writes deletedAt and nothing else.
create or replace function admit_change() returns trigger
language plpgsql security definer
set search_path = public, pg_temp as $$
declare
  v_now timestamptz := clock_timestamp();
  v_stamp text := format_stamp(v_now);
  -- Bounded like any written time, since a statement can set it to anything.
  v_log_stamp text := least(current_setting('app.log_stamp') collate "C", format_stamp(v_now + interval '60 seconds') collate "C");
  v_times jsonb := '{}';
  v_logged sync_changes;
  v_given jsonb; -- data, as it was given but for the form of a time
  v_retimed text;
begin
  if new.user_id is distinct from current_user_id() then
    perform refuse_change('user_mismatch', 'user_id', 'user_id: is not the user in app.current_user_id');
  end if;
  perform check_length('user_id', new.user_id, 200);
  perform check_length('app_id', new.app_id, 200);
  perform check_length('table_name', new.table_name, 200);
  -- The ids of iterations, proposals and effects are derived from the mission's and longer than it.
  perform check_length('record_id', new.record_id, case when new.app_id = 'ai' and new.table_name = 'aiMissions' then 200 else 255 end);
  perform check_length('client_id', new.client_id, 200);
  if new.op is null or new.op not in ('insert', 'update', 'delete') then
    perform refuse_change('invalid_op', 'op', 'op: must be insert, update or delete');
  end if;
  if jsonb_typeof(new.data) is distinct from 'object' then
    perform refuse_change('invalid_data', 'data', 'data: must be a JSON object of field values');
  end if;
  if jsonb_typeof(new.field_timestamps) is distinct from 'object' then
    perform refuse_change('invalid_data', 'field_timestamps', 'field_timestamps: must be a JSON object, a time for each field');
  end if;
  if new.schema_version is null or new.schema_version < 1 then
    perform refuse_change('invalid_schema_version', 'schema_version', 'schema_version: must be 1 or greater');
  end if;
  perform check_actor(new.actor);

  -- Without a time of its own a field is stamped on arrival, but never before what this log has seen already (a hybrid
  -- logical clock): else an edit made here would lose to a device whose clock runs ahead.
  if v_stamp <= v_log_stamp collate "C" then
    v_stamp := format_stamp(v_log_stamp::timestamptz + interval '1 millisecond');
  end if;
  if jsonb_typeof(new.data -> 'deletedAt') = 'string' then
    new.data := new.data || jsonb_build_object('deletedAt', normalise_stamp(new.data ->> 'deletedAt', 'deletedAt'));
  elsif new.data ? 'deletedAt' and jsonb_typeof(new.data -> 'deletedAt') <> 'null' then
    perform refuse_change('invalid_time', 'deletedAt', 'deletedAt: must be a time or null');
  end if;
  v_given := new.data;
  if new.op = 'delete' then
    v_times := jsonb_build_object('deletedAt', case when new.field_timestamps ? 'deletedAt'
      then normalise_stamp(new.field_timestamps ->> 'deletedAt', 'field_timestamps.deletedAt')
      else coalesce(new.data ->> 'deletedAt', v_stamp) end);
    if new.data ->> 'deletedAt' is null then
      new.data := new.data || v_times;
    end if;
  else
    -- In one statement: adding field by field copies the object each time (10 s for a change of 10,000 fields).
    select coalesce(jsonb_object_agg(field, case when new.field_timestamps ? field
        then normalise_stamp(new.field_timestamps ->> field, 'field_timestamps.' || field)
        else v_stamp end), '{}') into v_times
    from jsonb_object_keys(new.data) as fields (field);
    if new.op = 'insert' and not v_times ? 'deletedAt' then
      v_times := v_times || jsonb_build_object('deletedAt', case when new.field_timestamps ? 'deletedAt'
        then normalise_stamp(new.field_timestamps ->> 'deletedAt', 'field_timestamps.deletedAt')
        else coalesce((select max(value collate "C") from jsonb_each_text(v_times)), v_stamp) end);
    end if;
  end if;

  if new.id is null then
    new.id := gen_random_uuid()::text;
  else
    perform check_length('id', new.id, 200);
    select * into v_logged from sync_changes where user_id = new.user_id and id = new.id;
    if found then
      if (v_logged.app_id, v_logged.table_name, v_logged.record_id, v_logged.op, v_logged.client_id,
          v_logged.schema_version, v_logged.actor, v_logged.data - 'deletedAt')
         is distinct from
         (new.app_id, new.table_name, new.record_id, new.op, new.client_id,
          new.schema_version, new.actor, new.data - 'deletedAt')
        or (v_given ->> 'deletedAt' is not null or new.op <> 'delete' and v_given ? 'deletedAt')
          and v_given ->> 'deletedAt' is distinct from v_logged.data ->> 'deletedAt'
          -- A delete that was stamped anew differs in its time as well, and is told of that.
          and (not new.field_timestamps ? 'deletedAt' or v_times -> 'deletedAt' = v_logged.field_timestamps -> 'deletedAt')
      then
        perform refuse_change('event_id_reused', 'id',
          'id: the log has this event id already, with another content; give a new change a new id');
      end if;
      -- Times that the writer left out were made on arrival, so only those that it gave can differ. They do where a client
      -- stamps a change anew and a request that it had given up arrives after all: it is to learn the log's time of it before
      -- what it wrote upon it lands at an earlier one, so this is refused as well.
      select min(t.key collate "C") into v_retimed from jsonb_each(v_times) t
      where new.field_timestamps ? t.key and v_logged.field_timestamps -> t.key is distinct from t.value;
      if v_retimed is not null then
        perform refuse_change('event_id_reused', 'field_timestamps.' || v_retimed,
          format('field_timestamps.%s: the log has this change already, with the time %s; keep that', v_retimed,
            v_logged.field_timestamps ->> v_retimed));
      end if;
      return null;
    end if;
  end if;

  new.field_timestamps := v_times;
  -- Arrival is the log's to give; only what an import brings has arrived before.
  new.created_at := case when is_operator() then least(new.created_at, v_now) else v_now end;
  new.position := current_setting('app.log_position')::bigint + 1;
  perform set_config('app.log_position', new.position::text, true);
  -- Only the first change of a statement bears the link.
  new.link := nullif(current_setting('app.log_link'), '-');
  if new.link is not null then
    perform set_config('app.log_link', '-', true);
  end if;
  perform set_config('app.log_stamp',
    (select max(value collate "C") from (select v_log_stamp as value union all select value from jsonb_each_text(v_times)) s),
    true);
  return new;
end
$$;
