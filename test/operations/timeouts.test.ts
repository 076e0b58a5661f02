// What somebody else's session holds: a person's log is locked by plain SQL, and let go, or never.
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { userSession } from '../../src/database/database.ts';
import { checkTimeouts } from '../../src/doctor/check-timeouts.ts';
import { readLog, syncApp, syncClient } from '../http/sync-app.ts';
import { newUser, openTestPostgres, type TestEngine } from '../support/engines.ts';

/** A login of another service, which may write logs by plain SQL. */
const WRITER = 'writer_of_timeouts';

let engine: TestEngine;
let admin: pg.Client;
const opened: pg.Client[] = [];
beforeAll(async () => {
  engine = await openTestPostgres();
  admin = await connect(inject('postgresUrl'));
});
beforeEach(() => admin.query(`create role ${WRITER} login password 'writer' in role app_user`));
afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.end()));
  await admin.query(`drop role ${WRITER}`);
});
afterAll(async () => {
  await admin?.end();
  await engine?.close();
});

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** A session of the other service that has locked the log of a user, in the middle of its transaction. */
async function holdLog(user: string): Promise<pg.Client> {
  const url = new URL(engine.url);
  url.username = WRITER;
  url.password = 'writer';
  const client = await connect(url.href);
  opened.push(client);
  await client.query('begin; set local role app_user');
  await client.query("select set_config('app.current_user_id', $1, true)", [user]);
  await client.query('select lock_log()');
  return client;
}

const change = (id: string) => ({ eventId: id, table: 'tasks', id, op: 'insert', data: { title: id } });
const ids = async (user: string) => (await readLog(engine.db, user)).map(({ id }) => id);

test('a log that stays locked is answered 503, with when to come back, and nothing is written', async () => {
  const user = newUser();
  const client = syncClient(syncApp(engine.db), user, 'phone');
  expect(await client.push([change('before')])).toMatchObject({ status: 200 });
  const holder = await holdLog(user);

  const app = syncApp(engine.db);
  const answer = await app.request('/sync/todo', {
    method: 'POST',
    headers: { 'X-Test-User': user, 'Content-Type': 'application/json' },
    body: JSON.stringify({ clientId: 'phone', changes: [change('a'), change('b')] }),
  });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('2');
  expect(await answer.json()).toMatchObject({ code: 'database_unavailable' });
  expect(await ids(user)).toEqual(['before']);
  expect((await client.pull()).body).toMatchObject({ hasMore: false });

  await holder.query('rollback');
  expect(await client.push([change('a'), change('b')])).toMatchObject({ status: 200 });
  expect(await ids(user)).toEqual(['before', 'a', 'b']);
});

test('a session that went to sleep in its transaction is ended, and what waited for it goes on', async () => {
  await admin.query(`alter role ${WRITER} set idle_in_transaction_session_timeout = '200ms'`);
  const user = newUser();
  const holder = await holdLog(user);
  const ended = new Promise<unknown>((resolve) => holder.once('error', resolve));
  const client = syncClient(syncApp(engine.db), user, 'phone');
  expect(await client.push([change('a')])).toMatchObject({ status: 200 });
  expect(await ended).toMatchObject({ code: '25P03' });
  expect(await ids(user)).toEqual(['a']);
});

test('the login of the service has time-outs of its own, for whoever logs in with it and forgot', async () => {
  const client = await connect(engine.url);
  opened.push(client);
  const { rows } = await client.query(`select name || ' ' || current_setting(name) as set from pg_settings
    where name in ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
    order by name`);
  const { rows: version } = await client.query(`select current_setting('server_version_num')::int >= 170000 as has`);
  expect(rows.map(({ set }) => set)).toEqual([
    'idle_in_transaction_session_timeout 1min',
    'lock_timeout 5s',
    'statement_timeout 1min',
    ...(version[0].has ? ['transaction_timeout 5min'] : []),
  ]);
});

test('a scan takes as long as it needs', async () => {
  const session = userSession('u');
  const statement = `select current_setting(name) from pg_settings
    where name in ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')`;
  const seen: unknown[] = [];
  await engine.db.scan(session, statement, (rows) => void seen.push(...rows.flat()));
  expect(new Set(seen)).toEqual(new Set(['0']));
  const [row] = await engine.db.run<{ idle: string }>(
    session,
    sql`select current_setting('idle_in_transaction_session_timeout') as idle`,
  );
  expect(row).toEqual({ idle: '1min' });
});

test('the doctor names a login that may hang, and how to mend it', async () => {
  const client = await connect(engine.url);
  opened.push(client);
  const check = () => checkTimeouts(async (text) => (await client.query(text)).rows);
  const { mend = '', ...found } = await check();
  expect(found).toMatchObject({ status: 'warning', found: expect.stringContaining(`login "${WRITER}" has no `) });
  expect(mend).toContain(`alter role "${WRITER}" set lock_timeout = '5s'`);
  await admin.query(mend);
  expect((await check()).found).not.toContain(WRITER);
});
