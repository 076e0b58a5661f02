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
import { type Claim, claimMissions, recordCall, releaseClaim, reserveCall } from '../../src/runner/claim.ts';
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
import { seededRandom } from '../support/seeded-random.ts';
import { until } from '../support/until.ts';

const RUNNERS = 8;
const USERS = ['u1', 'u2', 'u3'];
const MISSIONS = 12;
const CALL = 100;
const BUDGET: Budget = { call: CALL, userCalls: 700, userTokens: 30_000, missionTokens: 4_000 };
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

/** What a snapshot shows of somebody's caps that is more than allowed. */
const OVER = `
  select 'user ' || s.user_id as who, s.calls + r.calls as calls, s.tokens + r.tokens as tokens
  from spending s cross join lateral (
    select count(*) as calls, coalesce(sum(m.reserved), 0) as tokens from missions m where m.user_id = s.user_id and m.reserved > 0
  ) r
  where s.calls + r.calls > ${BUDGET.userCalls} or s.tokens + r.tokens > ${BUDGET.userTokens}
  union all
  select 'mission ' || user_id || '/' || mission_id, 0, spent_tokens + reserved from missions
  where spent_tokens + reserved > ${BUDGET.missionTokens}`;

interface Race {
  reservations: number;
  looks: number;
  over: unknown[];
  /** What the runners know that each user was charged. */
  ledger: Map<string, { calls: number; tokens: number }>;
}

/** All runners claim, settle, ask again, give back and die until the caps leave nothing to do. */
async function race(): Promise<Race> {
  for (const user of USERS) for (let n = 0; n < MISSIONS; n++) await writeMission(engine.db, user, `m${n}`);
  const result: Race = { reservations: 0, looks: 0, over: [], ledger: new Map() };
  for (const user of USERS) result.ledger.set(user, { calls: 0, tokens: 0 });
  const look = async () => {
    result.looks += 1;
    result.over.push(...(await admin.query(OVER)).rows);
  };
  let running = RUNNERS;
  const observer = (async () => {
    while (running > 0) await look();
  })();
  await Promise.all(
    pools.map(async (db, index) => {
      await run(db, seededRandom(SEED + index), result, look);
      running -= 1;
    }),
  );
  await observer;
  return result;
}

async function run(db: Database, random: () => number, result: Race, look: () => Promise<void>): Promise<void> {
  const charge = (claim: Claim, tokens: number) => {
    const held = result.ledger.get(claim.userId);
    if (!held) throw new Error('nobody');
    held.calls += 1;
    held.tokens += tokens;
  };
  const settle = async (claim: Claim, reserved: number) => {
    const silent = random() < 0.2;
    const tokens = Math.floor(random() * (reserved + 1));
    const usage = silent ? { inputTokens: null, outputTokens: null } : { inputTokens: tokens, outputTokens: 0 };
    const exchange = { model: 'x', request: {}, response: {}, answer: null, durationMs: 1, ...usage };
    expect(await recordCall(db, claim, exchange)).toBe(true);
    charge(claim, silent ? reserved : tokens);
  };

  for (let idle = 0; idle < 3; ) {
    const limit = 1 + Math.floor(random() * 3);
    // One that dies is given a lease that is over at once: whoever looks next takes over.
    const dies = random() < 0.15;
    const options = { runner: 'x', limit, leaseMs: dies ? 0 : LEASE_MS, perUser: 100, now: null, budget: BUDGET };
    const claims = await claimMissions(db, options);
    idle = claims.length === 0 ? idle + 1 : 0;
    await look();
    for (const claim of claims.filter(({ held }) => !held)) {
      result.reservations += 1;
      if (dies) continue;
      const what = random();
      if (what < 0.15) {
        charge(claim, CALL);
        await releaseClaim(db, claim, {});
        continue;
      }
      if (what < 0.8) await settle(claim, CALL);
      if (what > 0.5) {
        const tokens = 1 + Math.floor(random() * 300);
        const outcome = await reserveCall(db, claim, tokens, BUDGET, null);
        expect(outcome).not.toBe('claim_lost');
        await look();
        if (outcome === 'held') continue;
        result.reservations += 1;
        await settle(claim, tokens);
      }
      await releaseClaim(db, claim, { isPaid: false });
    }
  }
}

test('no cap is exceeded at any instant by any number of runners, and every token is accounted for', async () => {
  const { reservations, looks, over, ledger } = await race();
  expect(over, `SEED=${SEED}`).toEqual([]);
  expect(reservations, `SEED=${SEED}`).toBeGreaterThanOrEqual(1_000);
  expect(looks).toBeGreaterThan(reservations / 2);

  // Nothing of what the dead had reserved is left out, nor counted twice: they are the difference, a whole call each.
  const rows = await admin.query('select user_id, calls::int, tokens::int from spending order by user_id');
  for (const { user_id, calls, tokens } of rows.rows) {
    const known = ledger.get(user_id);
    const dead = calls - (known?.calls ?? 0);
    expect(dead).toBeGreaterThan(0);
    expect(tokens, `SEED=${SEED}`).toBe((known?.tokens ?? 0) + dead * CALL);
  }
  const sums = await admin.query(
    'select s.user_id from spending s where s.tokens <> (select sum(spent_tokens) from missions m where m.user_id = s.user_id)',
  );
  expect(sums.rows).toEqual([]);
}, 120_000);

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
  const source = readFileSync(new URL('../../db/functions/weigh_calls.sql', import.meta.url), 'utf8');
  const begin = source.indexOf('on conflict (user_id) do update');
  const end = source.indexOf(';', begin);
  await admin.query(`${source.slice(0, begin)}on conflict (user_id) do nothing${source.slice(end)}`);
  expect(await reservedByTwoAtOnce()).toBe(2 * CALL);
});

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
