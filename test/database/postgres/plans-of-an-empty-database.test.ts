// A connection plans its statements while every table is still empty, when one index seems as good as another, and keeps
// these plans until statistics are gathered. What a person does then may not cost more the longer their log is.
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Database, userSession } from '../../../src/database/database.ts';
import { openPostgres } from '../../../src/database/postgres/open-postgres.ts';
import { type SyncClient, syncApp, syncClient } from '../../http/sync-app.ts';
import { createDatabase, type TestDatabase } from '../../support/create-database.ts';
import { newUser } from '../../support/engines.ts';
import { MIGRATED_TEMPLATE, SERVICE_LOGIN, serviceUrl } from '../../support/global-setup.ts';

let database: TestDatabase;
/** One connection, so that all that is counted was planned at the beginning. */
let db: Database;

beforeAll(async () => {
  const adminUrl = inject('postgresUrl');
  database = await createDatabase(adminUrl, { template: MIGRATED_TEMPLATE, owner: SERVICE_LOGIN });
  const url = serviceUrl(adminUrl, new URL(database.url).pathname.slice(1));
  // Nobody gathers statistics meanwhile: that would be the end of these plans.
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(WITHOUT_AUTOVACUUM);
  await admin.end();
  db = openPostgres({ connectionString: url, poolSize: 1, onAppended: () => {}, onError: () => {} });
});
afterAll(async () => {
  await db?.close();
  await database?.drop();
});

const WITHOUT_AUTOVACUUM = `do $$
  declare t regclass;
  begin
    for t in select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace loop
      execute format('alter table %s set (autovacuum_enabled = off)', t);
    end loop;
  end $$`;

/** Rows and index entries that the one connection has looked at so far. */
async function looked(): Promise<number> {
  // What a connection counted is added to the server's counts when its transaction is over, and it is told to.
  await db.run(userSession('nobody'), sql`select pg_stat_force_next_flush()`);
  const [row] = await db.run<{ looked: number }>(
    userSession('nobody'),
    sql`select (select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_user_tables)::float8
             + (select sum(idx_tup_read) from pg_stat_user_indexes)::float8 as looked`,
  );
  return row?.looked ?? 0;
}

/** By how much more rows a round of work looks at, when the log has become four times as long. */
async function growth(work: () => Promise<unknown>, rounds = 15): Promise<number> {
  const many = async (times: number) => {
    const before = await looked();
    for (let round = 0; round < times; round++) await work();
    return (await looked()) - before;
  };
  await many(rounds);
  const first = await many(rounds);
  await many(4 * rounds);
  return (await many(rounds)) / first;
}

/** Room for the levels of an index and for what is not cleared away yet; reading the log would come to 4 times as much. */
const HALF_MORE = 1.5;

describe('on a connection as old as the database', () => {
  let since: string;
  let client: SyncClient;
  let user: string;
  let nth: number;
  beforeEach(() => {
    user = newUser();
    client = syncClient(syncApp(db), user, 'laptop');
    since = '0';
    nth = 0;
  });

  async function push(...changes: object[]): Promise<void> {
    const { status, body } = await client.push(changes, { since });
    expect(status, JSON.stringify(body)).toBe(200);
    since = body.syncedUntil;
  }
  const task = (id: string, op: 'insert' | 'update') => ({ table: 'tasks', id, op, data: { title: `Pack ${nth}` } });

  test.each([
    ['of one new record', () => push(task(`t${nth++}`, 'insert'))],
    ['of a record that is there', () => push(task('t', nth++ === 0 ? 'insert' : 'update'))],
    ['of many', () => push(...[0, 1, 2].map(() => task(`t${nth++}`, 'insert')), task(`t${nth - 1}`, 'update'))],
  ])('a push %s looks at as many rows in a long log as in a short one', async (_, work) => {
    expect(await growth(work)).toBeLessThan(HALF_MORE);
  });
});
