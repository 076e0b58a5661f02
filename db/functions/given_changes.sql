-- Changes as the service hands them to the log, in their order. A change whose fields all bear one time may give it as `at`,
-- in milliseconds, instead of field_timestamps. The twin of toGiven in src/database/append-changes.ts.
create or replace function given_changes(p_changes json) returns table (
  n bigint, id text, app_id text, table_name text, record_id text, op text, data jsonb, at bigint, field_timestamps jsonb,
  client_id text, schema_version int, actor jsonb
)
language sql stable as $$
  select c.n, c.id, c.app_id, c.table_name, c.record_id, c.op, c.data, c.at, c.field_timestamps, coalesce(c.client_id, 'server'),
         coalesce(c.schema_version, 1), c.actor
  from rows from (json_to_recordset(p_changes) as (
    "id" text, "appId" text, "tableName" text, "recordId" text, "op" text, "data" jsonb, "at" bigint, "fieldTimestamps" jsonb,
    "clientId" text, "schemaVersion" int, "actor" jsonb
  )) with ordinality as c (id, app_id, table_name, record_id, op, data, at, field_timestamps, client_id, schema_version, actor, n)
$$;
