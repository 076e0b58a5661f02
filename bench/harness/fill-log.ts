import pg from 'pg';

/** Changes that one statement of the filling appends. */
const BATCH = 10_000;

export interface FillOptions {
  userId: string;
  changes: number;
  /** How many records these are of: each is inserted once, and then updated in turn. */
  records: number;
  onProgress(line: string): void;
}

/**
 * Appends a log of tasks by the plain insert that any writer may use, so that the projection is what the triggers made of
 * it. The changes are those of task-changes.ts: an insert has five fields, an update two.
 */
export async function fillLog(url: string, { userId, changes, records, onProgress }: FillOptions): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (let first = 0; first < changes; first += BATCH) {
      await client.query('begin');
      await client.query(
        `select set_config('app.current_user_id', $1, true), set_config('app.announce_changes', 'off', true),
                set_config('role', 'app_user', true)`,
        [userId],
      );
      await client.query(APPEND, [userId, first, Math.min(first + BATCH, changes), records]);
      await client.query('commit');
      if (first % (BATCH * 10) === 0) onProgress(`filling the log of ${userId}: ${first} of ${changes} changes`);
    }
  } finally {
    await client.end();
  }
}

const APPEND = `
  insert into sync_changes (user_id, app_id, table_name, record_id, op, data, field_timestamps, client_id, actor)
  select $1, 'todo', 'tasks', md5('task ' || n % $4::int), case when n < $4 then 'insert' else 'update' end, data,
         (select jsonb_object_agg(field, '2026-01-01T00:00:00.000Z'::timestamptz + n * interval '1 second')
          from jsonb_object_keys(data) as fields (field)),
         'client ' || n % 3, '{"kind":"user"}'
  from generate_series($2::int, $3::int - 1) n
  cross join lateral (select case when n < $4
    then jsonb_build_object('title', 'Compare moving company ' || n, 'dueDate', '2027-03-31', 'priority', 'normal',
      'completed', false,
      'notes', 'Ask for a fixed price, the insurance, and whether they take the piano down from the third floor.')
    else jsonb_build_object('title', 'Ask the movers for offer ' || n, 'completed', n % 2 = 0) end as data) task
  order by n`;
