import pg from 'pg';

/**
 * A log made of another's, so many times one after the other, past the triggers: filling it by them would take ten times as
 * long as all that is measured. Its projections are for a rebuild to make.
 */
export async function copyLog(
  adminUrl: string,
  { from, to, times, changes }: { from: string; to: string; times: number; changes: number },
): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query('alter table sync_changes disable trigger user');
    await admin.query(
      `insert into sync_changes (user_id, position, id, app_id, table_name, record_id, op, data, field_timestamps,
                                 client_id, schema_version, actor, created_at)
       select $2, position + time * $4::int, id || '-' || time, app_id, table_name, record_id, op, data, field_timestamps,
              client_id, schema_version, actor, created_at
       from generate_series(0, $3::int - 1) time cross join sync_changes where user_id = $1`,
      [from, to, times, changes],
    );
    await admin.query('alter table sync_changes enable trigger user');
    await admin.query(
      `insert into user_heads (user_id, position, stamp) select $2, position * $3, stamp from user_heads where user_id = $1`,
      [from, to, times],
    );
    await admin.query('vacuum analyze sync_changes');
  } finally {
    await admin.end();
  }
}
