// I1, I2: connections to Postgres are reset in the middle of a commit, before it arrives or before its answer does; whoever
// was not answered pushes again. SEED=<n> repeats the choices, CUTS=<n> makes more of them.
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { noEventId } from '../../torture/controls/no-event-id.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { startTcpProxy, type TcpProxy, type Verdict } from '../support/tcp-proxy.ts';
import { readLog, syncApp, syncClient } from './sync-app.ts';

const seed = Number(process.env.SEED ?? 20_261_123);
const CUTS = Number(process.env.CUTS ?? 1_000);
const USERS = ['ana', 'ben', 'cleo', 'dora'];
const WRITERS = 16;
/** As a simple query and as a parsed one. */
const COMMIT = 'commit\0';

let engine: TestEngine;
let proxy: TcpProxy;
let db: Database;

beforeEach(async () => {
  engine = await openTestPostgres();
  const url = new URL(engine.url);
  proxy = await startTcpProxy(Number(url.port));
  url.port = String(proxy.port);
  db = openPostgres({ connectionString: url.href, poolSize: WRITERS, onError: () => {} });
});
afterEach(async () => {
  await db.close();
  await proxy.close();
  await engine.close();
});

interface Pushed {
  user: string;
  eventIds: string[];
}

/** Writers push, two of three of their commits are cut, and each pushes the same until it is told that it is there. */
async function pushThroughCuts(cuts: number): Promise<{ acknowledged: Pushed[]; cut: Record<Verdict, number> }> {
  const random = seededRandom(seed);
  const cut = { forward: 0, cut_before: 0, cut_after: 0 };
  const left = () => cuts - cut.cut_before - cut.cut_after;
  proxy.watch((bytes) => {
    if (!bytes.includes(COMMIT, 0, 'latin1')) return 'forward';
    const verdicts = ['forward', 'cut_before', 'cut_after'] as const;
    const verdict = left() > 0 ? (verdicts[Math.floor(random() * 3)] as Verdict) : 'forward';
    cut[verdict] += 1;
    return verdict;
  });
  const app = syncApp(db);
  const acknowledged: Pushed[] = [];

  async function write(writer: number): Promise<void> {
    const user = USERS[writer % USERS.length] as string;
    const client = syncClient(app, user, `writer-${writer}`);
    let since = '0';
    for (let n = 0; left() > 0; n++) {
      const changes = [
        { eventId: `${writer} ${n} a`, table: 'tasks', id: `${writer} ${n}`, op: 'insert', data: { title: `${n}` } },
        { eventId: `${writer} ${n} b`, table: 'tasks', id: 'of all', op: 'update', data: { n, by: writer } },
      ];
      let answer = await client.push(changes, { since });
      for (; answer.status !== 200; answer = await client.push(changes, { since })) {
        if (answer.status !== 503) throw new Error(`SEED=${seed}: ${JSON.stringify(answer)}`);
      }
      since = answer.body.cursor;
      acknowledged.push({ user, eventIds: changes.map(({ eventId }) => eventId) });
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  return { acknowledged, cut };
}

test(`${CUTS} pushes cut in the middle of a commit: each acknowledged change is there once, and positions have no hole`, async () => {
  const { acknowledged, cut } = await pushThroughCuts(CUTS);
  expect(Math.min(cut.cut_before, cut.cut_after)).toBeGreaterThan(CUTS / 3);
  for (const user of USERS) {
    const log = await readLog(engine.db, user);
    const told = acknowledged.filter((push) => push.user === user).flatMap(({ eventIds }) => eventIds);
    expect(log.map(({ id }) => id).sort(), `SEED=${seed}`).toEqual(told.sort());
    expect(log.map(({ position }) => position)).toEqual(log.map((_, n) => n + 1));
  }
}, 600_000);

test('negative control: without event ids some of them are there twice', async () => {
  const url = new URL(inject('postgresUrl'));
  url.pathname = new URL(engine.url).pathname;
  const admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  await noEventId.breakWorld?.({ admin, services: { breakProgram: async () => {} } });
  await admin.end();
  await pushThroughCuts(60);
  const logs = await Promise.all(USERS.map((user) => readLog(engine.db, user)));
  const ids = logs.flat().map(({ id }) => id);
  expect(ids.length, `SEED=${seed}`).toBeGreaterThan(new Set(ids).size);
});
