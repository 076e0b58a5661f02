// The fan-out between processes, on one Postgres. There are no heartbeats here: what arrives was announced, or found after
// a reconnect.

import { sql } from 'drizzle-orm';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import { userSession } from '../../src/database/database.ts';
import { expireProposals } from '../../src/runner/expire-proposals.ts';
import { newUser, openTestPostgres, type TestEngine } from '../support/engines.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { planOf, scriptedPlanner, testRunner, writeMission } from '../support/missions.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { seededRandom } from '../support/seeded-random.ts';
import {
  openRawStream,
  poolOn,
  pushTasks,
  type RawStream,
  type SyncServer,
  startSyncServer,
} from '../support/sync-server.ts';

let engine: TestEngine;
let one: SyncServer;
let two: SyncServer;
let admin: pg.Client;
let user: string;

beforeAll(async () => {
  engine = await openTestPostgres();
  [one, two] = await Promise.all([startSyncServer(poolOn(engine.url)), startSyncServer(poolOn(engine.url))]);
  const url = new URL(inject('postgresUrl'));
  url.pathname = new URL(engine.url).pathname;
  admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
});
afterAll(async () => {
  await one?.close();
  await two?.close();
  await admin?.end();
  await engine?.close();
});
beforeEach(async () => {
  user = newUser();
  await allGone();
});

const allGone = () => vi.waitUntil(() => one.hub.followers() + two.hub.followers() === 0, { timeout: 60_000 });

const idsOf = (stream: RawStream) => stream.changes().map(({ id }) => id);

/** A stream that has read to the end and waits to be told. */
async function openIdle(server: SyncServer, appId = 'todo'): Promise<RawStream> {
  const before = server.hub.followers();
  const stream = await openRawStream(server.url, user, '', {}, appId);
  await vi.waitUntil(() => server.hub.followers() > before, { timeout: 60_000 });
  await stream.until(({ text }) => text() !== '');
  return stream;
}

describe('a change reaches the streams of every process', () => {
  test('pushed to one of them', async () => {
    const streams = [await openIdle(one), await openIdle(two)];
    await pushTasks(one.url, user, ['by-one']);
    await pushTasks(two.url, user, ['by-two']);
    for (const stream of streams) {
      await stream.until((s) => s.changes().length >= 2);
      expect(idsOf(stream)).toEqual(['by-one', 'by-two']);
      stream.close();
    }
  });

  test('inserted with plain SQL', async () => {
    const streams = [await openIdle(one), await openIdle(two)];
    const client = new pg.Client({ connectionString: engine.url });
    await client.connect();
    await client.query('begin');
    await client.query("select set_config('role', 'app_user', true), set_config('app.current_user_id', $1, true)", [
      user,
    ]);
    await client.query(
      `insert into sync_changes (app_id, table_name, record_id, user_id, op, data, field_timestamps, client_id, schema_version, actor)
       values ('todo', 'tasks', 'by-hand', $1, 'insert', '{"title":"x"}', '{}', 'psql', 1, '{"kind":"user"}')`,
      [user],
    );
    await client.query('commit');
    await client.end();
    for (const stream of streams) {
      await stream.until((s) => s.changes().length > 0);
      expect(idsOf(stream)).toEqual(['by-hand']);
      stream.close();
    }
  });

  test('by a library user who announces nothing: the trigger does', async () => {
    const streams = [await openIdle(one), await openIdle(two)];
    await engine.db.run(
      userSession(user),
      sql`insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
          values (${user}, 'todo', 'tasks', 'by-library', 'insert', '{"title":"x"}', ${JSON.stringify(USER)})`,
    );
    for (const stream of streams) {
      await stream.until((s) => s.changes().length > 0);
      stream.close();
    }
  });

  test('by every route that writes', async () => {
    const streams = [await openIdle(one, 'ai'), await openIdle(two, 'ai')];
    const records = [await openIdle(one), await openIdle(two)];
    const call = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${one.url}${path}`, {
        method,
        headers: { Authorization: `Bearer ${user}`, 'Content-Type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      if (!response.ok) throw new Error(await response.text());
      return response.status === 204 ? null : response.json();
    };
    const told = async (following: RawStream[], count: number) => {
      for (const stream of following) await stream.until((s) => s.changes().length >= count);
    };
    const { id } = (await call('POST', '/api/missions', { title: 'T', objective: 'O' })) as { id: string };
    await told(streams, 1);
    await call('PATCH', `/api/missions/${id}`, { title: 'T2' });
    await told(streams, 2);
    await call('PUT', '/api/policy', { create_task: 'propose' });
    await told(streams, 3);
    await call('DELETE', `/api/missions/${id}`);
    await told(streams, 4);
    await call('PUT', '/api/records/todo/tasks/t1', { title: 'x' });
    await told(records, 1);
    await call('DELETE', '/api/records/todo/tasks/t1');
    await told(records, 2);
    for (const stream of [...streams, ...records]) stream.close();
  });

  test('by the runner: a plan, what it does at once, a decision, and what expires', async () => {
    const model: ModelServer = await startModelServer();
    const clock = fakeClock();
    const runner = testRunner({ db: one.db, planner: scriptedPlanner(model), clock });
    try {
      const streams = [await openIdle(one, 'ai'), await openIdle(two, 'ai')];
      const tasks = [await openIdle(one), await openIdle(two)];
      const told = async (following: RawStream[], isThere: (stream: RawStream) => boolean) => {
        for (const stream of following) await stream.until(isThere);
      };
      const statusSeen = (status: string) => (stream: RawStream) =>
        stream.changes().some(({ table, fields }) => table === 'aiProposals' && fields.status?.value === status);

      model.script(planOf('A'));
      await writeMission(one.db, user, 'm1');
      await runner.sweep();
      await told(streams, statusSeen('pending'));
      const { id } = streams[0]!.changes().find(({ table }) => table === 'aiProposals')!;
      const decided = await fetch(`${two.url}/api/proposals/${id}/decision`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${user}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ decision: 'approve' }),
      });
      expect(decided.status).toBe(200);
      await told(streams, statusSeen('approved'));
      await told(tasks, (s) => s.changes().length === 1);

      const policy = await fetch(`${two.url}/api/policy`, {
        method: 'PUT',
        headers: { Authorization: `Bearer ${user}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ create_task: 'auto' }),
      });
      expect(policy.status).toBe(200);
      model.script(planOf('B'));
      await writeMission(one.db, user, 'm2');
      await runner.sweep();
      await told(tasks, (s) => s.changes().length === 2);

      await fetch(`${two.url}/api/policy`, {
        method: 'PUT',
        headers: { Authorization: `Bearer ${user}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ create_task: 'propose' }),
      });
      model.script(planOf('C'));
      await writeMission(one.db, user, 'm3');
      await runner.sweep();
      clock.advance(365 * 86_400_000);
      await expireProposals(one.db, clock, pino({ level: 'silent' }));
      await told(streams, statusSeen('expired'));
      for (const stream of [...streams, ...tasks]) stream.close();
    } finally {
      await runner.stop();
      await model.close();
    }
  });
});

test('what is notified by anybody does no harm', async () => {
  const stream = await openIdle(one);
  const payloads = ['', 'x', '{}', '[', '[1,null,{"a":1},["x"]]', '"text"', JSON.stringify([user, 'nobody']), '[]'];
  for (const payload of payloads) await admin.query("select pg_notify('log_changed', $1)", [payload]);
  await admin.query("select pg_notify('mission_wake', 'x')");
  await pushTasks(two.url, user, ['after']);
  await stream.until((s) => s.changes().length > 0);
  expect(idsOf(stream)).toEqual(['after']);
  stream.close();
});

test('a listener that is killed costs nothing: after the reconnect the streams look again', async () => {
  const stream = await openIdle(two);
  const kill = () =>
    admin.query(
      "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'pg-missions-listener' and datname = current_database()",
    );
  for (let round = 1; round <= 5; round++) {
    await kill();
    // Written while nobody listens, or just so: it is found either way.
    await pushTasks(one.url, user, [`t${round}`]);
    await stream.until((s) => s.changes().length >= round);
  }
  expect(idsOf(stream)).toEqual(['t1', 't2', 't3', 't4', 't5']);
  stream.close();
});

test('an API process tells of each of its commits once: the trigger keeps quiet', async () => {
  const listener = new pg.Client({ connectionString: engine.url });
  await listener.connect();
  const heard: string[][] = [];
  listener.on('notification', ({ payload }) => heard.push(JSON.parse(payload ?? '') as string[]));
  await listener.query('listen log_changed');
  const users = Array.from({ length: 40 }, () => newUser());
  await Promise.all(users.map((each) => pushTasks(one.url, each, ['a'])));
  await vi.waitUntil(() => new Set(heard.flat()).size === users.length, { timeout: 60_000 });
  expect(heard.flat().sort()).toEqual([...users].sort());
  await listener.end();
});

test('200 disconnects while two write 2,000 changes: every reader has every change, once, in order', async () => {
  const servers = [one, two];
  const random = seededRandom(20_261_107);
  let written = 0;
  let disconnects = 0;
  const write = async (writer: string, server: SyncServer) => {
    for (let i = 0; i < 1_000; ) {
      const count = Math.min(1 + Math.floor(random() * 20), 1_000 - i);
      await pushTasks(server.url, user, names(writer, i, count), { clientId: writer });
      i += count;
      written += count;
      // The readers, who leave after 40 changes at most, are to keep up.
      await vi.waitUntil(() => disconnects >= (written - 500) / 7, { interval: 1, timeout: 60_000 });
    }
  };
  const read = async (): Promise<string[]> => {
    const seen: string[] = [];
    const positions: number[] = [];
    let cursor = '0';
    while (seen.length < 2_000) {
      const server = servers[Math.floor(random() * 2)]!;
      const stream = await openRawStream(server.url, user, `?since=${cursor}`);
      const stay = Math.floor(random() * 40);
      await stream.until((s) => s.changes().length > stay || seen.length + s.changes().length >= 2_000);
      stream.close();
      disconnects += 1;
      cursor = stream.cursor() as string;
      seen.push(...idsOf(stream));
      positions.push(...stream.changes().map(({ position }) => position));
    }
    expect(positions).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 1));
    return seen;
  };

  const [readers] = await Promise.all([Promise.all(Array.from({ length: 8 }, read)), write('a', one), write('b', two)]);
  expect(disconnects).toBeGreaterThanOrEqual(200);
  const log = await one.db.run<{ id: string }>(
    userSession(user),
    sql`select record_id as id from sync_changes order by position`,
  );
  for (const seen of readers) expect(seen).toEqual(log.map(({ id }) => id));
  await allGone();
}, 180_000);

function names(writer: string, from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${writer}-${from + i}`);
}
