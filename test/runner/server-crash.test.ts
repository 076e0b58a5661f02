// The database server killed under the service. The claim commits without waiting for the disk (see claim_missions.sql),
// so a crash may forget it: then, too, each want is recorded exactly once.
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Database } from '../../src/database/database.ts';
import { migratePostgres } from '../../src/database/migrate.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { claimMissions } from '../../src/runner/claim.ts';
import { recordPlan } from '../../src/runner/record-plans.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { SERVICE_LOGIN, serviceUrl } from '../support/global-setup.ts';
import { iterationsOf, missionRow, planOf, scriptedPlanner, testRunner, writeMission } from '../support/missions.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts';

let server: PostgresServer;
let db: Database;
let model: ModelServer;

beforeEach(async () => {
  server = await startPostgresServer();
  const admin = new pg.Client({ connectionString: server.adminUrl });
  await admin.connect();
  await admin.query(`create role ${SERVICE_LOGIN} login createrole password 'service'`);
  await admin.query(`create database crash owner ${SERVICE_LOGIN}`);
  await admin.end();
  const url = serviceUrl(server.adminUrl, 'crash');
  await migratePostgres(url);
  db = openPostgres({ connectionString: url, poolSize: 5, onError: () => {} });
  model = await startModelServer();
});
afterEach(async () => {
  await model.close();
  await db.close();
  await server.stop();
});

test('kill -9 of the server after a claim: the want is still there, and is planned once', async () => {
  model.setDefault(planOf('A'));
  await writeMission(db, 'u', 'm1');
  const [claim] = await claimMissions(db, {
    runner: 'x',
    limit: 1,
    leaseMs: 30_000,
    perUser: 5,
    now: null,
    budget: null,
  });
  if (!claim) throw new Error('nothing was claimed');
  await server.restart('kill9');

  // The claim may have been forgotten or kept; what it can write is at most the one plan.
  const written = await recordPlan(db, { claim, changes: [], failed: false, nextRunAt: null }, null);
  expect(['recorded', 'claim_lost']).toContain(written);
  const successor = testRunner({
    db,
    planner: scriptedPlanner(model),
    clock: fakeClock(new Date(Date.now() + 31_000)),
  });
  await successor.sweep();
  expect(await iterationsOf(db, 'u')).toHaveLength(written === 'recorded' ? 0 : 1);
  expect(await missionRow(db, 'u', 'm1')).toMatchObject({ wanted: 1, planned: 1, claimed: false });
});

test('a running service goes on by itself after the server was killed', async () => {
  model.setDefault(planOf('A'));
  const runner = testRunner({ db, planner: scriptedPlanner(model), clock: systemClock });
  await runner.start();
  await writeMission(db, 'u', 'm1');
  await model.nextRequest();
  await server.restart('kill9');
  await expect
    .poll(
      () =>
        writeMission(db, 'u', 'm2').then(
          () => true,
          () => false,
        ),
      { timeout: 60_000 },
    )
    .toBe(true);
  const planned = async () => (await iterationsOf(db, 'u')).map(({ data }) => data.missionId);
  await expect.poll(planned, { timeout: 90_000, interval: 250 }).toContain('m2');
  await runner.stop();
});
