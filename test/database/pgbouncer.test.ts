// The service behind Debian's PgBouncer in transaction mode: each transaction takes the server connection that has been
// idle for the longest, so nothing that one leaves behind is its own.
import { sql } from 'drizzle-orm';
import { SignJWT } from 'jose';
import pg from 'pg';
import { type Logger, pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { createOutlinePlanner } from '../../src/core/planning/outline.ts';
import { userSession } from '../../src/database/database.ts';
import { migratePostgres } from '../../src/database/migrate.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import { examine } from '../../src/doctor/examine.ts';
import { type Service, startService } from '../../src/service.ts';
import { createDatabase } from '../support/create-database.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { SERVICE_LOGIN, serviceUrl } from '../support/global-setup.ts';
import { proposalsOf, testRunner, writeMission } from '../support/missions.ts';
import { type PgBouncer, startPgBouncer } from '../support/start-pgbouncer.ts';
import { openRawStream } from '../support/sync-server.ts';
import { recordListener } from './postgres/record-listener.ts';

const SERVER_CONNECTIONS = 3;
const SECRET = 'what the tokens of these tests are signed with';

let engine: TestEngine;
let pooler: PgBouncer;
const endings: (() => Promise<unknown>)[] = [];

// Debian's package may have to be installed first.
beforeAll(async () => {
  engine = await openTestPostgres();
  pooler = await startPgBouncer(engine.url, SERVER_CONNECTIONS);
}, 600_000);
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});
afterAll(async () => {
  await pooler?.stop();
  await engine?.close();
});

/** A log, and the warnings and errors in it. */
function warnings(): { lines: string[]; log: Logger } {
  const lines: string[] = [];
  return { lines, log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }) };
}

async function open(settings: { DATABASE_DIRECT_URL?: string } = {}) {
  const { lines, log } = warnings();
  const db = await openDatabase({ DATABASE_URL: pooler.url, DATABASE_POOL_SIZE: 10, DATA_DIR: '', ...settings }, log);
  endings.push(() => db.close());
  return { db, lines };
}

/** Every server connection of the pooler at once, as whoever gets it next finds it. */
async function everyServerConnection<Row>(question: string): Promise<Row[]> {
  const clients = Array.from({ length: SERVER_CONNECTIONS }, () => new pg.Client({ connectionString: pooler.url }));
  try {
    // A transaction holds its server connection, so the next one takes another.
    const rows: Row[] = [];
    for (const client of clients) {
      await client.connect();
      await client.query('begin');
      rows.push((await client.query(question)).rows[0]);
    }
    for (const client of clients) await client.query('rollback');
    return rows;
  } finally {
    for (const client of clients) await client.end();
  }
}

describe('with DATABASE_DIRECT_URL', () => {
  test('what is pushed is planned at once, streamed, decided and pulled', async () => {
    const { lines, log } = warnings();
    const service = await start(log);
    // The listener hears: what follows is told by it, not found by a sweep or a heartbeat.
    await vi.waitUntil(async () => (await fetch(`${service.url}/readyz`)).ok, { timeout: 60_000 });
    const ana = await person(service, 'ana');
    const stream = await openRawStream(service.url, ana.token, '', {}, 'ai');
    endings.push(async () => stream.close());
    const pushed = await ana.push('ai', [insert('aiMissions', 'm1', MISSION)]);
    expect(pushed).toMatchObject({ status: 200, body: { conflicts: [] } });
    const planned = () => stream.changes().find(({ table }) => table === 'aiProposals');
    await stream.until(() => planned() !== undefined);
    const proposal = planned()!;
    const decided = await ana.call('POST', `/api/proposals/${proposal.id}/decision`, { decision: 'approve' });
    expect(decided).toMatchObject({ status: 200, body: { proposal: { status: 'approved' } } });
    await stream.until(() => stream.changes().some(({ fields }) => fields.status?.value === 'approved'));
    const { body } = await ana.call('GET', '/sync/todo/pull');
    expect(body.serverChanges).toMatchObject([{ table: 'tasks', data: { title: 'Call the agent' } }]);
    expect(lines).toEqual([]);
  });

  test('40 people push at once over 3 connections: each has their own log, whole, and nothing of another', async () => {
    const { lines, log } = warnings();
    const service = await start(log);
    const people = await Promise.all(Array.from({ length: 40 }, (_, i) => person(service, `person-${i}`)));
    await Promise.all(
      people.map(async ({ id, push, call }) => {
        const data = { title: `of ${id}` };
        const first = insert('tasks', 'first', data);
        expect((await push('todo', [first])).status).toBe(200);
        for (let round = 0; round < 4; round++) {
          const [pushed, refused, list] = await Promise.all([
            push(
              'todo',
              [0, 1, 2].map((i) => insert('tasks', `t${round}-${i}`, data)),
            ),
            // Fails within its transaction, whose connection goes on to others.
            push('todo', [insert('tasks', 'never', data), { ...first, id: 'another' }]),
            call('GET', '/api/records/todo/tasks?limit=1000'),
          ]);
          expect([pushed.status, refused.status, list.status]).toEqual([200, 422, 200]);
          expect(titles(list.body.records).filter((title) => title !== data.title)).toEqual([]);
        }
      }),
    );
    for (const { id, call } of people) {
      const { body } = await call('GET', '/sync/todo/pull');
      expect(body.serverChanges.map(({ position }: { position: number }) => position)).toEqual(
        Array.from({ length: 13 }, (_, i) => i + 1),
      );
      expect(titles(body.serverChanges)).toEqual(Array(13).fill(`of ${id}`));
    }
    expect(lines).toEqual([]);
  });

  test('a push of 5,000 changes goes through in one piece', async () => {
    const service = await start(warnings().log);
    const { push, call } = await person(service, 'bulk');
    const text = 'x'.repeat(500);
    const tasks = Array.from({ length: 5_000 }, (_, i) => insert('tasks', `t${i}`, { title: `${i}`, notes: text }));
    expect((await push('todo', tasks)).status).toBe(200);
    const { body } = await call('GET', '/sync/todo/pull?limit=5000');
    expect(body.serverChanges).toHaveLength(5_000);
  });

  test('one connection of the service is served by every connection of the pooler, and leaves nothing on them', async () => {
    const { db } = await open({ DATABASE_DIRECT_URL: engine.url });
    await everyServerConnection('select 1');
    const seen = new Set<number>();
    for (let i = 0; i < 4 * SERVER_CONNECTIONS; i++) {
      const session = i % 2 === 0 ? userSession(`user-${i}`) : ({ role: 'app_runner' } as const);
      const [row] = await db.run<{ pid: number; user: string; role: string }>(
        session,
        sql`select pg_backend_pid() as pid, coalesce(current_user_id(), '') as "user", current_user::text as role`,
      );
      expect(row).toMatchObject({ user: i % 2 === 0 ? `user-${i}` : '', role: session.role });
      seen.add(row!.pid);
    }
    expect(seen.size).toBe(SERVER_CONNECTIONS);
    const left = await everyServerConnection<{ pid: number }>(`
      select pg_backend_pid() as pid, current_user::text as role, nullif(current_setting('app.current_user_id', true), '') as "user",
             nullif(current_setting('app.announce_changes', true), '') as announce,
             current_setting('lock_timeout') as wait, current_setting('statement_timeout') as statement,
             (select count(*)::int from pg_prepared_statements) as prepared,
             (select count(*)::int from pg_locks where locktype = 'advisory') as locks`);
    expect(new Set(left.map(({ pid }) => pid))).toEqual(seen);
    // The time-outs are the login's own: db/roles/timeouts.sql.
    const clean = {
      role: SERVICE_LOGIN,
      user: null,
      announce: null,
      wait: '5s',
      statement: '1min',
      prepared: 0,
      locks: 0,
    };
    expect(left).toEqual(left.map(({ pid }) => ({ pid, ...clean })));
  });
});

describe('without DATABASE_DIRECT_URL', () => {
  test('the listener says that it needs a direct connection', async () => {
    const listener = await recordListener({ connectionString: pooler.url, channels: ['wants'], timeoutMs: 1_000 });
    endings.push(() => listener.close());
    const { error } = await listener.next('error');
    expect(error.message).toContain('LISTEN needs a direct connection (DATABASE_DIRECT_URL), not a transaction pooler');
    expect(listener.connected()).toBe(false);
    expect(listener.heard.filter(({ kind }) => kind === 'connected')).toEqual([]);
  });

  test('a sweep plans, and any number of runners share the connections', async () => {
    const opened = [await open(), await open()] as const;
    const users = Array.from({ length: 20 }, (_, i) => `swept-${i}`);
    await Promise.all(users.map((user, i) => writeMission(opened[i % 2 === 0 ? 0 : 1].db, user, 'm1', MISSION)));
    const runners = opened.map(({ db }) =>
      testRunner({ db, planner: createOutlinePlanner(), clock: systemClock, concurrency: 4 }),
    );
    await vi.waitUntil(async () => {
      const reports = await Promise.all(runners.map((runner) => runner.sweep()));
      expect(reports.map(({ errors }) => errors)).toEqual([0, 0]);
      return reports.every(({ dueMissionCount }) => dueMissionCount === 0);
    }, 60_000);
    await Promise.all(runners.map((runner) => runner.stop()));
    for (const user of users) expect(await proposalsOf(opened[0].db, user)).toHaveLength(1);
    expect(opened.flatMap(({ lines }) => lines)).toEqual([]);
  });

  test('an empty database is migrated, by one process at a time, and no lock stays on a connection', async () => {
    const adminUrl = inject('postgresUrl');
    const empty = await createDatabase(adminUrl, { owner: SERVICE_LOGIN });
    endings.push(() => empty.drop());
    const through = await startPgBouncer(
      serviceUrl(adminUrl, new URL(empty.url).pathname.slice(1)),
      2 * SERVER_CONNECTIONS,
    );
    endings.push(() => through.stop());
    await Promise.all([migratePostgres(through.url), migratePostgres(through.url), migratePostgres(through.url)]);
    const admin = new pg.Client({ connectionString: empty.url });
    await admin.connect();
    const { rows } = await admin.query(`
      select to_regclass('public.sync_changes') is not null as migrated,
             (select count(*)::int from pg_locks l join pg_database d on d.oid = l.database
              where locktype = 'advisory' and datname = current_database()) as locks`);
    await admin.end();
    expect(rows).toEqual([{ migrated: true, locks: 0 }]);
  });
});

const MISSION = { title: 'Move', objective: 'Find a flat', conceptMarkdown: '- [ ] Call the agent' };

function insert(table: string, id: string, data: object) {
  return { eventId: `event-${id}`, table, id, op: 'insert', data };
}

function titles(held: { data: { title: string } }[]): string[] {
  return held.map(({ data }) => data.title);
}

async function start(log: Logger): Promise<Service> {
  const read = readConfig({
    PORT: '0',
    AUTH_JWT_SECRET: SECRET,
    RATE_LIMIT_PER_MINUTE: '0',
    DATABASE_URL: pooler.url,
    DATABASE_DIRECT_URL: engine.url,
    DATABASE_POOL_SIZE: '20',
  });
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const service = await startService(read.config, log);
  endings.push(() => service.stop());
  return service;
}

async function person(service: Service, id: string) {
  const token = await new SignJWT({ sub: id })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
    return { status: response.status, body: (await response.json()) as any };
  };
  const push = (appId: string, changes: object[]) => call('POST', `/sync/${appId}`, { clientId: 'phone', changes });
  return { id, token, call, push };
}

test('the doctor hears that the pooler swallows notifications, and that the way past it does not', async () => {
  const notifications = async (settings: Record<string, string>) => {
    const read = readConfig({ DATABASE_URL: pooler.url, PORT: '1', ...settings });
    if (!read.ok) throw new Error(read.problems.join('\n'));
    const checks = await examine(read.config, new AbortController().signal);
    return checks.filter(({ name }) => name === 'notifications');
  };
  expect(await notifications({})).toMatchObject([
    { status: 'error', mend: expect.stringContaining('DATABASE_DIRECT_URL') },
  ]);
  expect(await notifications({ DATABASE_DIRECT_URL: engine.url })).toMatchObject([{ status: 'ok' }]);
});
