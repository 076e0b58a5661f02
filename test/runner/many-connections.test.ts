// What needs more than one connection, so real Postgres: several runners, writers at once, a lost listener, kill -9.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { USER } from '../../src/core/log/actor.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { userSession, withUser } from '../../src/database/database.ts';
import { decideProposal } from '../../src/decisions/decide-proposal.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { fakeClock } from '../support/fake-clock.ts';
import {
  iterationsOf,
  missionRow,
  planOf,
  proposalsOf,
  scriptedPlanner,
  testRunner,
  write,
  writeMission,
} from '../support/missions.ts';
import { hold, type ModelServer, startModelServer } from '../support/model-server.ts';

let engine: TestEngine;
let model: ModelServer;

beforeEach(async () => {
  engine = await openTestPostgres();
  model = await startModelServer();
});
afterEach(async () => {
  await model.close();
  await engine.close();
});

test('positions are contiguous and in commit order under concurrent writers', async () => {
  const user = 'u';
  await Promise.all(
    Array.from({ length: 16 }, async (_, writer) => {
      for (let i = 0; i < 20; i++) {
        await write(
          engine.db,
          user,
          ...[0, 1, 2].map((n) => ({
            appId: 'todo',
            tableName: 'tasks',
            recordId: `t${(writer + i + n) % 7}`,
            op: 'update' as const,
            data: { title: `${writer}-${i}-${n}` },
            clientId: `c${writer}`,
            actor: USER,
          })),
        );
      }
    }),
  );
  const [row] = await engine.db.run(
    userSession(user),
    sql`
    select count(*) as rows, min(position) as first, max(position) as last,
           (select count(*) from (select created_at < lag(created_at) over (order by position) as back from sync_changes) c where back) as "outOfOrder",
           (select position from user_heads) as head
    from sync_changes`,
  );
  expect(row).toEqual({ rows: 960, first: 1, last: 960, outOfOrder: 0, head: 960 });
});

test('a mission edited in another process wakes the runner, also while its listener is lost', async () => {
  model.setDefault(planOf('A'));
  const runner = testRunner({ db: engine.db, planner: scriptedPlanner(model), clock: systemClock, sweepMs: 600_000 });
  await runner.start();
  await expect.poll(() => runner.listening(), { timeout: 60_000 }).toBe(true);
  await writeMission(engine.db, 'u', 'm1');
  await model.nextRequest();

  const admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'pg-missions-listener' and datname = $1`,
    [new URL(engine.url).pathname.slice(1)],
  );
  await admin.end();
  await writeMission(engine.db, 'u', 'm2');
  await model.nextRequest();
  await runner.stop();
  expect((await iterationsOf(engine.db, 'u')).map(({ id }) => id)).toEqual(['m1-1', 'm2-1']);
});

test('an open transaction on a mission that is being planned holds up nobody else', async () => {
  const stuck = hold(planOf('A'));
  model.script(stuck);
  model.setDefault(planOf('B'));
  const runner = testRunner({ db: engine.db, planner: scriptedPlanner(model), clock: systemClock });
  await runner.start();
  await writeMission(engine.db, 'eve', 'm1');
  await model.nextRequest();

  const holder = new pg.Client({ connectionString: engine.url });
  await holder.connect();
  await holder.query(`begin; set local role app_user; select set_config('app.current_user_id', 'eve', true);
    insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
    values ('eve', 'ai', 'aiMissions', 'm1', 'update', '{"title":"other"}', '{"kind":"user"}')`);
  for (const id of ['m1', 'm2']) {
    await writeMission(engine.db, 'local', id);
    const planned = async () => (await iterationsOf(engine.db, 'local')).map((iteration) => iteration.id);
    await expect.poll(planned, { timeout: 60_000 }).toContain(`${id}-1`);
  }
  await holder.query('rollback');
  await holder.end();
  stuck.release();
  await runner.stop();
  expect(await iterationsOf(engine.db, 'eve')).toHaveLength(1);
});

test("kill -9 between the model's answer and the write-back: one iteration, and the answer is not paid twice", async () => {
  model.setDefault(planOf('A'));
  await writeMission(engine.db, 'u', 'm1');

  // The user's log is held, so the write-back waits for it while the answer can be stored.
  const holder = new pg.Client({ connectionString: engine.url });
  await holder.connect();
  await holder.query(
    `begin; set local role app_user; select set_config('app.current_user_id', 'u', true); select lock_log()`,
  );
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('./runner-child.ts', import.meta.url))],
    {
      env: { ...process.env, DATABASE_URL: engine.url, MODEL_URL: model.url },
      stdio: 'inherit',
    },
  );
  await model.nextRequest();
  const answers = () => engine.db.run(userSession('u'), sql`select 1 from model_calls where answer is not null`);
  await expect.poll(answers, { timeout: 60_000 }).toHaveLength(1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await holder.query('rollback');
  await holder.end();

  // Whether the orphaned write-back came through or not: once the lease is over, there is one iteration.
  const clock = fakeClock(new Date(Date.now() + 31_000));
  const successor = testRunner({ db: engine.db, planner: scriptedPlanner(model), clock });
  const afterSweep = async () => {
    await successor.sweep();
    return iterationsOf(engine.db, 'u');
  };
  // The orphan's backend may hold the mission for a moment more: a claim passes over what is locked.
  await expect
    .poll(afterSweep, { timeout: 60_000 })
    .toMatchObject([{ id: 'm1-1', data: { overallStatus: 'planned' } }]);
  await successor.sweep();
  expect(model.requests).toHaveLength(1);
  expect(await proposalsOf(engine.db, 'u')).toHaveLength(1);
  expect(await missionRow(engine.db, 'u', 'm1')).toMatchObject({ wanted: 1, planned: 1 });
});

test('of two devices that decide at once one wins, and the other is told what won', async () => {
  model.setDefault(planOf('A'));
  await writeMission(engine.db, 'u', 'm1');
  await testRunner({ db: engine.db, planner: scriptedPlanner(model), clock: systemClock }).sweep();
  const decide = (decision: 'approve' | 'reject') =>
    withUser(engine.db, 'u', (tx) =>
      decideProposal(tx, { registry: defaultRegistry, userId: 'u', now: new Date() }, 'm1-1-0', { decision }),
    );
  const outcomes = await Promise.all(Array.from({ length: 8 }, (_, i) => decide(i % 2 ? 'approve' : 'reject')));
  const [winner, ...others] = outcomes.filter(({ ok }) => ok);
  expect(others).toEqual([]);
  const status = winner?.proposal?.status;
  for (const outcome of outcomes.filter(({ ok }) => !ok)) {
    expect(outcome).toMatchObject({ reason: 'proposal_already_decided', proposal: { status } });
  }
  const effects = await engine.db.run(userSession('u'), sql`select 1 from sync_changes where app_id = 'todo'`);
  expect(effects).toHaveLength(status === 'approved' ? 1 : 0);
});
