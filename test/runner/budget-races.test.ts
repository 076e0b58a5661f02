// Many runners against the same caps, so real Postgres. SEED=<n> repeats the choices of a run, not its timing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Budget } from '../../src/core/planning/budget.ts';
import { type Database, RUNNER_SESSION } from '../../src/database/database.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { type Claim, claimMissions, releaseClaim } from '../../src/runner/claim.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { fakeClock } from '../support/fake-clock.ts';
import {
  AMPLE,
  iterationsOf,
  missionRow,
  planOf,
  scriptedPlanner,
  testRunner,
  writeMission,
} from '../support/missions.ts';
import { startModelServer } from '../support/model-server.ts';
import { until } from '../support/until.ts';
import { raceForCaps } from './race-for-caps.ts';
import { watchBooks } from './watch-books.ts';

const RUNNERS = 8;
const USERS = ['u1', 'u2', 'u3'];
const CALL = 100;
const BUDGET: Budget = { call: CALL, userCalls: 30, userTokens: 2_000, missionTokens: 500 };
const SEED = Number(process.env.SEED ?? 20_261_123);
const LEASE_MS = 600_000;

let engine: TestEngine;
let admin: pg.Pool;
let pools: Database[];

beforeEach(async () => {
  engine = await openTestPostgres();
  const url = new URL(inject('postgresUrl'));
  url.pathname = new URL(engine.url).pathname;
  admin = new pg.Pool({ connectionString: url.href, max: RUNNERS + 1 });
  // Its end does not wait until the connections are closed, and dropping the database terminates those that are left.
  admin.on('connect', (client) => client.on('error', () => {}));
  pools = Array.from({ length: RUNNERS }, () =>
    openPostgres({ connectionString: engine.url, poolSize: 2, onError: () => {} }),
  );
});
afterEach(async () => {
  await Promise.all(pools.map((db) => db.close()));
  await admin.end();
  await engine.close();
});

test('no cap is exceeded at any instant by any number of runners, and every token is accounted for', async () => {
  const books = await watchBooks(admin, BUDGET);
  const { asked, held, ledger } = await raceForCaps(pools, { seed: SEED, budget: BUDGET, races: 10_000 });
  const { looks, over } = await books.seen();
  expect(over, `SEED=${SEED}`).toEqual([]);
  expect(looks).toBeGreaterThan(asked);
  expect(held, 'the caps are nearly used up').toBeGreaterThan(asked / 10);

  // Nothing of what the dead had reserved is left out, nor counted twice: they are the difference, a whole call each.
  const { rows } = await admin.query('select user_id, calls::int, tokens::int from spending');
  expect(rows).toHaveLength(ledger.size);
  let dead = 0;
  for (const { user_id, calls, tokens } of rows) {
    const known = ledger.get(user_id) ?? { calls: 0, tokens: 0 };
    expect(tokens - known.tokens, `SEED=${SEED} ${user_id}`).toBe((calls - known.calls) * CALL);
    dead += calls - known.calls;
  }
  expect(dead).toBeGreaterThan(0);
  const sums = await admin.query(
    'select s.user_id from spending s where s.tokens <> (select sum(spent_tokens) from missions m where m.user_id = s.user_id)',
  );
  expect(sums.rows).toEqual([]);
}, 240_000);

test('negative control: without the lock the same race exceeds caps', async () => {
  await unlockBooks();
  const books = await watchBooks(admin, BUDGET);
  let over: unknown[] = [];
  // Two must meet at the edge of a cap, which on a busy machine takes more than one race.
  for (let n = 0; n < 10 && over.length === 0; n++) {
    await raceForCaps(pools, { seed: SEED + n, budget: BUDGET, races: 500 });
    ({ over } = await books.seen());
  }
  expect(over, `SEED=${SEED}`).not.toEqual([]);
});

/** Two runners claim for one user when the cap allows one call: the second looks before the first has committed. */
async function reservedByTwoAtOnce(): Promise<number> {
  await writeMission(engine.db, 'u1', 'm0');
  await writeMission(engine.db, 'u1', 'm1');
  const options = { runner: 'x', limit: 1, leaseMs: LEASE_MS, perUser: 100, now: null, budget: BUDGET };
  const [first] = await claimMissions(engine.db, options);
  if (first) await releaseClaim(engine.db, first, { isPaid: false });

  const [a, b] = await Promise.all([admin.connect(), admin.connect()]);
  const claim = `set local role app_runner;
    select * from claim_missions('x', 1, '1 hour', 100, null, '${JSON.stringify({ ...BUDGET, userTokens: CALL })}')`;
  await a.query(`begin; ${claim}`);
  let isOver = false;
  const second = b.query(`begin; ${claim}; commit`).finally(() => {
    isOver = true;
  });
  const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await until(async () => isOver || (await admin.query(waiting)).rowCount);
  await a.query('commit');
  await second;
  a.release();
  b.release();
  const { rows } = await admin.query('select sum(reserved)::int as reserved from missions');
  return rows[0].reserved;
}

test('a runner that looks while another reserves waits for it, and holds what no longer fits', async () => {
  expect(await reservedByTwoAtOnce()).toBe(CALL);
});

test('negative control: who reads first and writes then, without the lock, exceeds the cap', async () => {
  await unlockBooks();
  expect(await reservedByTwoAtOnce()).toBe(2 * CALL);
});

async function unlockBooks(): Promise<void> {
  const source = readFileSync(new URL('../../db/functions/weigh_calls.sql', import.meta.url), 'utf8');
  const begin = source.indexOf('on conflict (user_id) do update');
  const end = source.indexOf(';', begin);
  await admin.query(`${source.slice(0, begin)}on conflict (user_id) do nothing${source.slice(end)}`);
}

test('two runners that claim for the same users in another order end all the same', async () => {
  for (const user of USERS) for (let n = 0; n < 40; n++) await writeMission(engine.db, user, `m${n}`);
  const wild = { ...BUDGET, userCalls: 1e9, userTokens: 1e9, missionTokens: 1e9 };
  const claimed = await Promise.all(
    pools.map(async (db) => {
      const all: Claim[] = [];
      for (let n = 0; n < 20; n++) {
        all.push(
          ...(await claimMissions(db, {
            runner: 'x',
            limit: 6,
            leaseMs: LEASE_MS,
            perUser: 99,
            now: null,
            budget: wild,
          })),
        );
      }
      return all;
    }),
  );
  expect(claimed.flat()).toHaveLength(3 * 40);
  const [sum] = await engine.db.run<{ reserved: number }>(
    RUNNER_SESSION,
    sql`select sum(reserved)::int as reserved from missions`,
  );
  expect(sum?.reserved).toBe(3 * 40 * CALL);
  expect((await missionRow(engine.db, 'u1', 'm0')).claimed).toBe(true);
});

test('kill -9 while the model thinks: what was reserved counts as spent, and the plan that follows is paid for beside it', async () => {
  const model = await startModelServer();
  model.script({ hang: true }, planOf('A'));
  await writeMission(engine.db, 'u1', 'm0');
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('./runner-child.ts', import.meta.url))],
    { env: { ...process.env, DATABASE_URL: engine.url, MODEL_URL: model.url }, stdio: 'inherit' },
  );
  await model.nextRequest();
  child.kill('SIGKILL');
  await once(child, 'exit');

  const spent = async () => {
    const text = `select s.calls::int, s.tokens::int, m.reserved::int from spending s, missions m where m.user_id = s.user_id`;
    return (await admin.query(text)).rows[0];
  };
  const reserved = AMPLE.call;
  expect(await spent()).toEqual({ calls: 0, tokens: 0, reserved });
  // Another runner cannot know what the dead one's call has cost, so it leaves room for all of it.
  const clock = fakeClock(new Date(Date.now() + 31_000));
  const planner = scriptedPlanner(model);
  const tight = testRunner({ db: engine.db, planner, clock, budget: { ...AMPLE, userTokens: 2 * reserved - 1 } });
  await tight.sweep();
  expect(model.requests).toHaveLength(1);
  expect(await spent()).toEqual({ calls: 1, tokens: reserved, reserved: 0 });
  const successor = testRunner({ db: engine.db, planner, clock, budget: { ...AMPLE, userTokens: 2 * reserved } });
  await successor.sweep();
  expect(await iterationsOf(engine.db, 'u1')).toMatchObject([{ id: 'm0-1', data: { overallStatus: 'planned' } }]);
  expect(await spent()).toEqual({ calls: 2, tokens: reserved + 18, reserved: 0 });
  await model.close();
});

test('a plan of one call takes as many round trips with caps as without', async () => {
  const model = await startModelServer();
  model.setDefault(planOf('A'));
  const roundTrips = async (budget: Budget | null) => {
    const statements: string[] = [];
    const { db } = engine;
    const counted: Database = {
      ...db,
      run(session, statement) {
        statements.push(
          /(\w+)\(/.exec(JSON.stringify(statement.queryChunks).replace(/jsonb?_\w+\(|array\(/g, ''))?.[1] ?? '',
        );
        return db.run(session, statement);
      },
    };
    await writeMission(db, 'u1', budget ? 'with' : 'without');
    const runner = testRunner({ db: counted, planner: scriptedPlanner(model), clock: systemClock, budget });
    // Not started, it looks only when it is told to: how often does not depend on who wakes it.
    await runner.sweep();
    expect((await iterationsOf(db, 'u1')).map(({ id }) => id)).toContain(budget ? 'with-1' : 'without-1');
    await runner.stop();
    return statements
      .filter((name) => ['claim_missions', 'reserve_call', 'record_call', 'record_plans'].includes(name))
      .sort();
  };
  const without = await roundTrips(null);
  expect(await roundTrips(AMPLE)).toEqual(without);
  expect(without).toEqual(expect.arrayContaining(['claim_missions', 'record_call']));
  await model.close();
});
