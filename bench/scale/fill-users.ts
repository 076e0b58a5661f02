import pg from 'pg';
import type { BenchService } from '../harness/bench-service.ts';
import { APP_ID, CLIENT_ID, taskChanges } from '../harness/task-changes.ts';

export interface FillUsersOptions {
  /** The superuser's. */
  adminUrl: string;
  service: BenchService;
  /** Plans what is wanted. */
  planAll(): Promise<void>;
  users: number;
  changes: number;
  onProgress(line: string): void;
}

const PER_PUSH = 100;
/** Users that one statement copies. */
const AT_ONCE = 500;
const TABLES = ['sync_changes', 'records', 'missions', 'user_heads', 'plan_reads'];

export function userOf(index: number): string {
  return `user-${index}`;
}

/**
 * Users with the same log each: the first writes it through the service (a mission with a plan, and tasks of which each is
 * changed ten times), the others' rows are copies of its rows, log and projections alike.
 */
export async function fillUsers({
  adminUrl,
  service,
  planAll,
  users,
  changes,
  onProgress,
}: FillUsersOptions): Promise<void> {
  const headers = { 'Content-Type': 'application/json', Authorization: await service.authorization(userOf(0)) };
  const post = async (path: string, body: object) => {
    const response = await fetch(service.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  };
  await post('/api/missions', {
    id: 'trip',
    title: 'A week by the sea',
    objective: 'Plan it',
    cadence: { kind: 'manual' },
  });
  for (let pushed = 0; pushed < changes; pushed += PER_PUSH) {
    const pushedNow = taskChanges(Math.min(PER_PUSH, changes - pushed), PER_PUSH / 10);
    await post(`/sync/${APP_ID}`, { clientId: CLIENT_ID, since: new Date().toISOString(), changes: pushedNow });
  }

  await planAll();

  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    for (const table of TABLES) await admin.query(`alter table ${table} disable trigger user`);
    for (let first = 1; first < users; first += AT_ONCE) {
      onProgress(`copying users: ${first} of ${users}`);
      const last = Math.min(first + AT_ONCE, users) - 1;
      for (const table of TABLES) await copyUser(admin, table, first, last);
    }
    // As a database is that has been in use for a while.
    for (const table of TABLES) await admin.query(`alter table ${table} enable trigger user`);
    onProgress('vacuum and checkpoint');
    await admin.query('vacuum analyze');
    await admin.query('checkpoint');
  } finally {
    await admin.end();
  }
}

async function copyUser(admin: pg.Client, table: string, first: number, last: number): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
    [table],
  );
  const columns = rows.map(({ name }) => name);
  const values = columns.map((name) => (name === 'user_id' ? `'user-' || n` : `t.${name}`));
  await admin.query(
    `insert into ${table} (${columns.join()}) select ${values.join()}
     from generate_series($1::int, $2::int) n cross join ${table} t where t.user_id = $3
     order by n`,
    [first, last, userOf(0)],
  );
}
