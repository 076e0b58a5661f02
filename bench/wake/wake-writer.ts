/** The process that commits mission edits, by plain SQL on the log, as any service of the person's might. */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type ClockCalls, monotonic } from '../harness/monotonic.ts';
import { serveWorker } from '../harness/worker.ts';

export interface Edit {
  userId: string;
  missionId: string;
  title: string;
}

export interface WriterCalls extends ClockCalls {
  /** Makes an edit in a few milliseconds, when the caller has gone back to sleep: nobody else is to be running then. */
  editSoon(edit: Edit): void;
  /** When that edit's COMMIT was about to be sent, in microseconds. */
  committedAt(): Promise<number>;
}

const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
let committed = Promise.resolve(0);

serveWorker<WriterCalls>({
  readClock: monotonic,
  editSoon(edit) {
    committed = delay(5 + Math.random() * 10).then(() => commitEdit(edit));
    committed.catch(() => {}); // told by committedAt
  },
  committedAt: () => committed,
});

async function commitEdit({ userId, missionId, title }: Edit): Promise<number> {
  await client.query('begin');
  await client.query({
    name: 'session',
    text: `select set_config('role', 'app_user', true), set_config('app.current_user_id', $1, true)`,
    values: [userId],
  });
  await client.query({
    name: 'edit',
    text: `insert into sync_changes (app_id, table_name, record_id, user_id, op, data, field_timestamps, client_id, schema_version, actor)
           values ('ai', 'aiMissions', $1, $2, 'update', $3, '{}', 'bench', 1, '{"kind":"user"}')`,
    values: [missionId, userId, { title }],
  });
  // Before COMMIT is sent, not after it was acknowledged: a notification may well be faster than the acknowledgement.
  const at = monotonic();
  await client.query('commit');
  return at;
}
