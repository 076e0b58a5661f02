import pg from 'pg';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import type { Database } from '../../src/database/database.ts';
import { pushChanges } from '../../src/sync/push-changes.ts';
import type { BenchService } from '../harness/bench-service.ts';
import type { ComparisonOptions } from '../harness/compare.ts';
import { execute } from '../harness/execute.ts';
import { APP_ID, acceptedPush, taskChanges } from '../harness/task-changes.ts';

const USER_ID = 'puller';
const PER_PUSH = 1_000;
const LIMIT = 5_000;
const CURSOR = /"syncedUntil":"([^"]+)","hasMore":(true|false)\}$/;

/** A replica from zero, received but not parsed, against what Postgres needs to hand the same rows out. */
export async function measurePull(deps: {
  url: string;
  db: Database;
  service: BenchService;
  changes: number;
}): Promise<ComparisonOptions> {
  const { url, db, service, changes } = deps;
  const perPush = Math.min(PER_PUSH, changes);
  for (let pushed = 0; pushed < changes; pushed += perPush) {
    const pusher = { registry: defaultRegistry, userId: USER_ID, now: new Date() };
    const outcome = await pushChanges(db, pusher, acceptedPush(taskChanges(perPush)));
    if (!outcome.ok) throw new Error(`a push was refused: ${JSON.stringify(outcome)}`);
  }
  await execute(url, ['vacuum analyze sync_changes']);
  const headers = { Authorization: await service.authorization(USER_ID) };
  const rows = `select id, app_id, table_name, record_id, op, data, field_timestamps, client_id, schema_version, actor,
    position, created_at from sync_changes where user_id = '${USER_ID}' order by position`;

  async function rate(work: () => Promise<number>): Promise<number> {
    const begun = performance.now();
    const count = await work();
    if (count !== changes) throw new Error(`${count} changes were read instead of ${changes}`);
    return (changes / (performance.now() - begun)) * 1000;
  }

  return {
    title: `${changes.toLocaleString('en')} changes from zero`,
    unit: 'rows/s',
    floor: { name: 'COPY TO STDOUT', measure: () => asUser(url, (client) => rate(() => copyOut(client, rows))) },
    others: [
      {
        name: 'select through pg',
        kind: 'part',
        measure: () => asUser(url, (client) => rate(async () => (await client.query(rows)).rows.length)),
      },
      {
        name: `GET /sync/${APP_ID}/pull, limit ${LIMIT.toLocaleString('en')}`,
        aims: [{ to: 'floor', atLeast: 0.4 }],
        measure: () => rate(pullAll),
      },
    ],
  };

  async function pullAll(): Promise<number> {
    let count = 0;
    for (let since = '0', hasMore = true; hasMore; ) {
      const response = await fetch(`${service.url}/sync/${APP_ID}/pull?since=${since}&limit=${LIMIT}`, { headers });
      const body = Buffer.from(await response.arrayBuffer());
      const end = CURSOR.exec(body.toString('latin1', body.length - 100));
      if (!response.ok || !end) throw new Error(`a pull failed: ${body.toString('utf8', 0, 1_000)}`);
      const position = Number((end[1] as string).split('.')[1]);
      count = position;
      since = end[1] as string;
      hasMore = end[2] === 'true';
    }
    return count;
  }
}

async function asUser<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`set role app_user`);
    await client.query(`select set_config('app.current_user_id', $1, false)`, [USER_ID]);
    return await work(client);
  } finally {
    await client.end();
  }
}

/** pg receives what COPY sends, and throws it away: how many rows. */
async function copyOut(client: pg.Client, rows: string): Promise<number> {
  return (await client.query(`copy (${rows}) to stdout`)).rowCount ?? 0;
}
