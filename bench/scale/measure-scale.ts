import pg from 'pg';
import { migratePostgres } from '../../src/database/migrate.ts';
import { SERVICE_LOGIN, serviceUrl } from '../../test/support/global-setup.ts';
import type { BenchRun, Fact, Measures } from '../harness/bench.ts';
import { startBenchService } from '../harness/bench-service.ts';
import type { Comparison } from '../harness/compare.ts';
import { fillUsers } from './fill-users.ts';
import { type Operation, operationsOn, planAll } from './operations.ts';

const FEW_USERS = 10;
/** Of each user. */
const CHANGES = 1_000;
const SETTINGS = [
  'shared_preload_libraries=pg_stat_statements',
  'pg_stat_statements.max=10000',
  'shared_buffers=512MB',
  'max_wal_size=8GB',
  // Its reading would be counted with theirs.
  'autovacuum=off',
];

interface World {
  operations: Operation[];
  users: number;
  /** Pages that Postgres touched for this, triggers and functions included, for each user. */
  countPages(operation: Operation, users: readonly number[]): Promise<number>;
  /** Of the whole database, for each change of its log. */
  bytesPerChange(): Promise<number>;
  /** How often a table was read from end to end. */
  sequentialScans(): Promise<Map<string, number>>;
  stop(): Promise<void>;
}

/** The same operations in a database of few users and in one of many, each with the same log. */
export async function measureScale(run: BenchRun): Promise<Measures> {
  const { server, compare, sized, onProgress } = run;
  const { adminUrl } = await server(SETTINGS);
  const changes = sized(CHANGES, 20);
  const small = await createWorld(adminUrl, 'few', { users: sized(FEW_USERS, 2), changes, onProgress });
  const large = await createWorld(adminUrl, 'many', { users: sized(10_000, 4), changes, onProgress });
  const times = sized(FEW_USERS, 2);
  const someOf = ({ users }: World) => Array.from({ length: times }, () => Math.floor(Math.random() * users));
  const all = Array.from({ length: times }, (_, user) => user);
  try {
    const comparisons: Comparison[] = [];
    for (const [nth, operation] of small.operations.entries()) {
      const inLarge = large.operations[nth] as Operation;
      comparisons.push(
        await compare({
          title: operation.name,
          unit: 'pages',
          floor: { name: label(small.users, changes), measure: () => small.countPages(operation, all) },
          others: [
            {
              name: label(large.users, changes),
              aims: [{ to: 'floor', atMost: 3 }],
              measure: () => large.countPages(inLarge, [...new Set(someOf(large))]),
            },
          ],
        }),
      );
    }
    const facts = [...(await large.sequentialScans())].map(
      ([table, scans]): Fact => ({
        name: `${table} of the many read from end to end`,
        value: scans,
        unit: 'times',
        atMost: 0,
      }),
    );
    const disk: Fact = {
      name: 'disk that a change takes, with projections and indexes',
      value: await large.bytesPerChange(),
      unit: 'bytes',
    };
    return { comparisons, facts: [...facts, disk] };
  } finally {
    await Promise.all([small.stop(), large.stop()]);
  }
}

async function createWorld(
  serverUrl: string,
  database: string,
  filling: { users: number; changes: number; onProgress(line: string): void },
): Promise<World> {
  const adminUrl = Object.assign(new URL(serverUrl), { pathname: database }).href;
  await asAdmin(serverUrl, (admin) => admin.query(`create database ${database} owner ${SERVICE_LOGIN}`));
  await asAdmin(adminUrl, (admin) => admin.query('create extension pg_stat_statements'));
  const url = serviceUrl(serverUrl, database);
  await migratePostgres(url);
  const service = await startBenchService(url);
  await fillUsers({ adminUrl, service, planAll: () => planAll(url), ...filling });
  await asAdmin(adminUrl, (admin) => admin.query('select pg_stat_reset()'));
  const countIn = (sql: string) =>
    asAdmin(adminUrl, async (admin) => Number((await admin.query<{ count: string }>(sql)).rows[0]?.count));
  return {
    operations: operationsOn(url, service),
    users: filling.users,
    async countPages(operation, users) {
      await operation.prepare?.(users);
      await countIn(
        'select count(*) from (select pg_stat_statements_reset(0, oid) from pg_database where datname = current_database()) r',
      );
      await operation.run(users);
      return (await countIn(PAGES)) / users.length;
    },
    bytesPerChange: () =>
      countIn('select pg_database_size(current_database()) / (select count(*) from sync_changes) as count'),
    async sequentialScans() {
      await service.stop(); // its connections tell what they did when they end
      const { rows } = await asAdmin(adminUrl, (admin) =>
        admin.query<{ table: string; scans: string }>(SEQUENTIAL_SCANS),
      );
      return new Map(rows.map(({ table, scans }) => [table, Number(scans)]));
    },
    stop: () => service.stop(),
  };
}

const PAGES = `select coalesce(sum(shared_blks_hit + shared_blks_read), 0) as count
  from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database())
    and userid <> current_user::regrole`;

/** Of the tables that grow with the users; the others are small, and read whole with good reason. */
const SEQUENTIAL_SCANS = `select relname as table, seq_scan as scans from pg_stat_user_tables
  where relname in ('sync_changes', 'records', 'missions', 'user_heads') order by relname`;

function label(users: number, changes: number): string {
  return `${users.toLocaleString('en')} users, a log of ${(users * changes).toLocaleString('en')} changes`;
}

async function asAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
