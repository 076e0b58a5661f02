// Runners with connections of their own, some of which lose their lease and write back all the same. SEED=<n> repeats the
// choices of a run, not its timing.
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import type { Database } from '../../src/database/database.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { type Claim, claimMissions } from '../../src/runner/claim.ts';
import { recordPlans } from '../../src/runner/record-plans.ts';
import { unfencePlans } from '../../torture/unfence-plans.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { write } from '../support/missions.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { planFor } from './write-back.ts';

const RUNNERS = 8;
const USERS = 25;
const MISSIONS = 8;
const SEED = Number(process.env.SEED ?? 20_261_123);

let engine: TestEngine;
let admin: pg.Client;
let dbs: Database[];

beforeEach(async () => {
  engine = await openTestPostgres();
  const url = new URL(inject('postgresUrl'));
  url.pathname = new URL(engine.url).pathname;
  admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  dbs = Array.from({ length: RUNNERS }, () =>
    openPostgres({ connectionString: engine.url, poolSize: 2, onError: () => {} }),
  );
});
afterEach(async () => {
  await Promise.all(dbs.map((db) => db.close()));
  await admin.end();
  await engine.close();
});

/**
 * Plans missions whose cadence comes at once, over and over, until so many plans were written back; returns how many were,
 * and how many came too late. Some runners stand still with what they have claimed for longer than their lease, which
 * another takes over, and then write back, by a clock that has stood still too.
 */
async function planOver(plans: number, stalls: number): Promise<{ recorded: number; lost: number }> {
  const data = { title: 'Move house', objective: 'Find a flat' };
  const mission = { appId: 'ai', tableName: 'aiMissions', op: 'insert' as const, data, actor: USER };
  const missions = Array.from({ length: MISSIONS }, (_, n) => ({ ...mission, recordId: `m${n}` }));
  for (let user = 0; user < USERS; user++) await write(engine.db, `u${user}`, ...missions);
  const written = { recorded: 0, lost: 0 };
  let time = Date.now();

  const writeBack = async (db: Database, claims: Claim[], now: Date): Promise<void> => {
    const outcomes = await recordPlans(
      db,
      claims.map((claim) => ({ ...planFor(claim), changes: planFor(claim).changes.slice(0, 1), nextRunAt: now })),
      now,
    );
    for (const outcome of outcomes) {
      if (outcome === 'recorded') written.recorded += 1;
      if (outcome === 'claim_lost') written.lost += 1;
    }
    // As the recorder does: of one user alone it waits for the log.
    const left = claims.filter((_, at) => outcomes[at] === 'log_locked');
    for (const user of new Set(left.map(({ userId }) => userId))) {
      const ofUser = left.filter(({ userId }) => userId === user);
      await writeBack(db, ofUser, now);
    }
  };
  const run = async (db: Database, random: () => number): Promise<void> => {
    let late: { claims: Claim[]; now: Date } | null = null;
    while (written.recorded < plans) {
      const isStalled = random() < stalls;
      time += 1;
      const now = new Date(time);
      const leaseMs = isStalled ? 1 : 3_600_000;
      const claims = await claimMissions(db, { runner: 'x', limit: 20, leaseMs, perUser: 100, now, budget: null });
      if (late) await writeBack(db, late.claims, late.now);
      late = isStalled ? { claims, now } : null;
      if (!isStalled) await writeBack(db, claims, now);
    }
    if (late) await writeBack(db, late.claims, late.now);
  };
  await Promise.all(dbs.map((db, n) => run(db, seededRandom(SEED + n))));
  return written;
}

async function written() {
  const text = `
    select count(*)::int as iterations, count(distinct (user_id, record_id))::int as different,
           (select sum(planned)::int from missions) as planned
    from sync_changes where table_name = 'aiIterations'`;
  return (await admin.query(text)).rows[0];
}

test('10,000 plans by 8 runners, some of which come back too late: each want is written back once', async () => {
  const { recorded, lost } = await planOver(10_000, 0.1);
  expect(recorded).toBeGreaterThanOrEqual(10_000);
  expect(lost, 'some come too late').toBeGreaterThan(100);
  expect(await written(), `SEED=${SEED}`).toEqual({ iterations: recorded, different: recorded, planned: recorded });
}, 600_000);

test('negative control: without the fence the same runners write plans twice', async () => {
  await unfencePlans(admin);
  await planOver(1_000, 0.3);
  const { iterations, different } = await written();
  expect(iterations, `SEED=${SEED}`).toBeGreaterThan(different);
});
