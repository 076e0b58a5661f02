-- Folds the changes of one user between two positions (both included) into records, by write_wins, field by field.
-- Set-wise: a batch that repeats records merges within the batch first (measured on PostgreSQL 18.4: 0.8 x the rows/s of
-- a bare append, against 0.26 x folding row by row). The caller holds the user's head row.
create or replace function fold_range(p_user_id text, p_first bigint, p_last bigint) returns void
language plpgsql -- not sql: its plan is cached per session, an SQL function's before PostgreSQL 18 is made anew at each call
set search_path = public, pg_temp
set plan_cache_mode = force_generic_plan -- for known values, on statistics that lag behind, the whole log was read: 9 s, not 2, for 1,100 missions
as $$
declare
  v_added bigint[] := case when p_first <= p_last then add_records(p_user_id, p_first, p_last) end;
  v_lost boolean;
begin
  if p_last - p_first + 1 = cardinality(v_added) then
    return;
  end if;
  -- || '{}' unpacks a value that is stored compressed, once; without it each field of a large record would do so again
  -- (a change of 10,000 fields took 3 to 10 x as long on the embedded engine).
  -- Materialized: inlined, it would unpack for each field after all (2.6 s against 0.04 for 40 changes of 1,000 fields).
  with changes as materialized (
    select app_id, table_name, record_id, data || '{}' as data, field_timestamps || '{}' as field_timestamps,
           client_id, position
    from sync_changes
    where user_id = p_user_id and position between p_first and p_last and (v_added is null or position <> all (v_added))
    order by position -- see add_records
  ), writes as (
    -- A change without fields still touches its record, so it stays in, as a row without a field. offset 0: each value is
    -- taken out here, before the sort, which would else carry the whole of data along with each field.
    select c.app_id, c.table_name, c.record_id, w.key as field, c.data -> w.key as value,
           w.value #>> '{}' as updated_at, c.client_id, c.position
    from changes c left join lateral jsonb_each(c.field_timestamps) w on true
    offset 0
  ), latest as (
    -- First and last position by window rather than joined from a second grouping: a plan that is made for few rows joins
    -- them by nested loop, which took 6 x as long for 1,000 records.
    select distinct on (app_id, table_name, record_id, field) *,
           min(position) over record as first_position, max(position) over record as last_position
    from writes
    window record as (partition by app_id, table_name, record_id)
    order by app_id, table_name, record_id, field, updated_at collate "C" desc, client_id collate "C" desc, position desc
  ), incoming as (
    select app_id, table_name, record_id, min(first_position) as first_position, max(last_position) as last_position,
           coalesce(jsonb_object_agg(field, coalesce(value, 'null')) filter (where field is not null), '{}') as data,
           coalesce(jsonb_object_agg(field, jsonb_build_object(
             'updatedAt', updated_at, 'clientId', client_id, 'position', position))
             filter (where field is not null), '{}') as field_meta
    from latest group by app_id, table_name, record_id
  ), winners as materialized (
    select i.app_id, i.table_name, i.record_id, i.first_position, i.last_position,
           i.data - losers.fields as data, i.field_meta - losers.fields as field_meta, losers.fields <> '{}' as has_losers
    from incoming i
    -- Each record is looked up by its whole key (lateral, offset 0): a join would at times read all of the user's.
    left join lateral (
      select field_meta || '{}' as field_meta from records
      where user_id = p_user_id and app_id = i.app_id and table_name = i.table_name and record_id = i.record_id offset 0
    ) held on true
    cross join lateral (
      select coalesce(array_agg(w.key), '{}') as fields
      from jsonb_each(i.field_meta) w
      where held.field_meta ? w.key and not write_wins(
        w.value ->> 'updatedAt', w.value ->> 'clientId', (w.value ->> 'position')::bigint,
        held.field_meta -> w.key ->> 'updatedAt', held.field_meta -> w.key ->> 'clientId',
        (held.field_meta -> w.key ->> 'position')::bigint)
    ) losers
  ), merged as (
    insert into records as r
      (user_id, app_id, table_name, record_id, data, field_meta, deleted_at, first_position, last_position)
    select p_user_id, w.app_id, w.table_name, w.record_id, w.data - 'deletedAt', w.field_meta,
           (w.data ->> 'deletedAt')::timestamptz, w.first_position, w.last_position
    from winners w
    on conflict (user_id, app_id, table_name, record_id) do update set
      data = r.data || excluded.data,
      field_meta = r.field_meta || excluded.field_meta,
      deleted_at = case when excluded.field_meta ? 'deletedAt' then excluded.deleted_at else r.deleted_at end,
      first_position = least(r.first_position, excluded.first_position),
      last_position = greatest(r.last_position, excluded.last_position)
  )
  select coalesce(bool_or(w.has_losers), false) into v_lost from winners w;
  if v_lost then
    perform set_config('app.log_lost', 'on', true); -- for append_changes, which tells whoever pushed
  end if;
end
$$;
