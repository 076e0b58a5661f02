// Plans that are written back together while somebody else holds a log, or is killed: needs more than one connection.
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { recordPlans } from '../../src/runner/record-plans.ts';
import { createRecorder } from '../../src/runner/recorder.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { iterationsOf, missionRow, proposalsOf } from '../support/missions.ts';
import { until } from '../support/until.ts';
import { claimOf, planFor } from './write-back.ts';

let engine: TestEngine;
let holder: pg.Client;

beforeEach(async () => {
  engine = await openTestPostgres();
  holder = new pg.Client({ connectionString: engine.url });
  await holder.connect();
});
afterEach(async () => {
  await holder.end();
  await engine.close();
});

const holdLog = (user: string) =>
  holder.query(
    `begin; set local role app_user; select set_config('app.current_user_id', '${user}', true); select lock_log()`,
  );

/** The process of the server that writes plans back and waits for a lock. */
async function waitingWriter(admin: pg.Client): Promise<number> {
  return until(async () => {
    const { rows } = await admin.query<{ pid: number }>(
      `select pid from pg_stat_activity
       where datname = $1 and wait_event_type = 'Lock' and query like '%record_plans%' and pid <> pg_backend_pid()`,
      [new URL(engine.url).pathname.slice(1)],
    );
    return rows[0]?.pid ?? 0;
  });
}

test('a log that somebody holds keeps only its own user waiting', async () => {
  const held = planFor(await claimOf(engine.db, 'held', 'm1'));
  const free = planFor(await claimOf(engine.db, 'free', 'm1'));
  const later = planFor(await claimOf(engine.db, 'later', 'm1'));
  await holdLog('held');
  expect(await recordPlans(engine.db, [held, later], null)).toEqual(['log_locked', 'recorded']);

  const recorder = createRecorder(engine.db, systemClock);
  let isWaiting = true;
  const waiting = recorder.record(held).finally(() => {
    isWaiting = false;
  });
  expect(await recorder.record(free)).toBe('recorded');
  expect(isWaiting).toBe(true);
  expect(await iterationsOf(engine.db, 'held')).toEqual([]);
  await holder.query('rollback');
  expect(await waiting).toBe('recorded');
  for (const user of ['held', 'free', 'later'])
    expect(await iterationsOf(engine.db, user)).toMatchObject([{ id: 'm1-1' }]);
});

test('a connection that is killed in the middle leaves none half-written, and all can be written again', async () => {
  const plans = [planFor(await claimOf(engine.db, 'first', 'm1')), planFor(await claimOf(engine.db, 'second', 'm1'))];
  // The second user's mission: the first user's plan is written by then, and not committed.
  await holder.query(`begin; set local role app_definer; select 1 from missions where user_id = 'second' for update`);
  const admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  const written = recordPlans(engine.db, plans, null).then(
    () => 'written',
    () => 'killed',
  );
  await admin.query('select pg_terminate_backend($1)', [await waitingWriter(admin)]);
  expect(await written).toBe('killed');
  for (const user of ['first', 'second']) {
    expect(await iterationsOf(engine.db, user)).toEqual([]);
    expect(await proposalsOf(engine.db, user)).toEqual([]);
    expect(await missionRow(engine.db, user, 'm1')).toMatchObject({ planned: 0, claimed: true });
  }
  await holder.query('rollback');
  expect(await recordPlans(engine.db, plans, null)).toEqual(['recorded', 'recorded']);

  await admin.end();
});

test('transactions that write for the same users in another order end all the same', async () => {
  const users = Array.from({ length: 8 }, (_, n) => `u${n}`);
  const claims = [];
  for (const user of users) {
    for (const id of ['m1', 'm2']) claims.push(await claimOf(engine.db, user, id));
  }
  const plans = claims.map(planFor);
  const recorders = [createRecorder(engine.db, systemClock), createRecorder(engine.db, systemClock)];
  const outcomes = await Promise.all([
    ...plans.filter((_, n) => n % 2 === 0).map((plan) => recorders[0]?.record(plan)),
    ...plans
      .filter((_, n) => n % 2 === 1)
      .reverse()
      .map((plan) => recorders[1]?.record(plan)),
  ]);
  expect(outcomes.every((outcome) => outcome === 'recorded')).toBe(true);
  for (const user of users) expect(await iterationsOf(engine.db, user)).toHaveLength(2);
});
