/** The process that commits, by plain SQL, as any service of the person's might: mission edits on the log, or peers' jobs. */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type ClockCalls, monotonic } from '../harness/monotonic.ts';
import { serveWorker } from '../harness/worker.ts';

export interface Edit {
  userId: string;
  missionId: string;
  title: string;
}

/** `graphile-worker, reading`: its task reads what the service reads before it calls the planner. */
export type Peer = 'graphile-worker' | 'graphile-worker, reading' | 'pg-boss';

export interface WriterCalls extends ClockCalls {
  /** Makes an edit in a few milliseconds, when the caller has gone back to sleep: nobody else is to be running then. */
  editSoon(edit: Edit): void;
  /** Adds a job of this peer's about that mission, in the same way. */
  addJobSoon(job: { peer: Peer; userId: string; missionId: string }): void;
  /** When that COMMIT was about to be sent, in microseconds. */
  committedAt(): Promise<number>;
}

const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
let committed = Promise.resolve(0);

serveWorker<WriterCalls>({
  readClock: monotonic,
  editSoon: (edit) => commitSoon(() => writeEdit(edit)),
  addJobSoon: ({ peer, userId, missionId }) => commitSoon(() => client.query(ADD_JOB[peer], [{ userId, missionId }])),
  committedAt: () => committed,
});

const ADD_JOB: Record<Peer, string> = {
  'graphile-worker': `select graphile_worker.add_job('plan', $1)`,
  'graphile-worker, reading': `select graphile_worker.add_job('plan', $1)`,
  'pg-boss': `insert into pgboss.job (name, data) values ('plan', $1)`,
};

function commitSoon(write: () => Promise<unknown>): void {
  committed = delay(5 + Math.random() * 10).then(async () => {
    await client.query('begin');
    await write();
    // Before COMMIT is sent, not after it was acknowledged: a notification may well be faster than the acknowledgement.
    const at = monotonic();
    await client.query('commit');
    return at;
  });
  committed.catch(() => {}); // told by committedAt
}

async function writeEdit({ userId, missionId, title }: Edit): Promise<void> {
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
}
