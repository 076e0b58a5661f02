// Eight runners with connections of their own, and books that must agree at the end. SEED=<n> repeats the choices of a run,
// not its timing.
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { breakFunction } from '../../torture/break-function.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { booksOf, CALL, MISSIONS, planAndPay } from './plan-and-pay.ts';

const RUNNERS = 8;
const USERS = 25;
const SEED = Number(process.env.SEED ?? 20_261_123);

let engine: TestEngine;
let admin: pg.Pool;
let dbs: Database[];

beforeEach(async () => {
  engine = await openTestPostgres();
  const url = new URL(inject('postgresUrl'));
  url.pathname = new URL(engine.url).pathname;
  admin = new pg.Pool({ connectionString: url.href, max: RUNNERS });
  // Its end does not wait until the connections are closed, and dropping the database terminates those that are left.
  admin.on('connect', (client) => client.on('error', () => {}));
  dbs = Array.from({ length: RUNNERS }, () =>
    openPostgres({ connectionString: engine.url, poolSize: 4, onError: () => {} }),
  );
});
afterEach(async () => {
  await Promise.all(dbs.map((db) => db.close()));
  await admin.end();
  await engine.close();
});

test('1,000 plans by 8 runners: every call is accounted for to the token, and none that was recorded is paid again', async () => {
  const ledger = await planAndPay(dbs, admin, { seed: SEED, users: USERS, rounds: 2, lapses: 0.05 });
  const books = await booksOf(admin);
  const why = `SEED=${SEED}`;
  const { iterations = 0, chargedCalls = 0, chargedTokens = 0 } = books;

  expect(iterations, why).toBeGreaterThanOrEqual(1_000);
  expect(books, why).toMatchObject({
    ...{ differentIterations: iterations, proposals: iterations },
    // The newest plan of each mission is of its newest want, and all is at rest.
    ...{ pending: USERS * MISSIONS, settled: USERS * MISSIONS, plannedLast: USERS * MISSIONS, wholeLogs: USERS },
    ...ledger.recorded,
    paidTwice: 0,
  });
  // What died with a lease counts as a whole call each, whether or not it had been made; and nothing else is charged.
  const abandoned = chargedCalls - ledger.recorded.calls;
  expect(chargedTokens - ledger.recorded.input - ledger.recorded.output, why).toBe(abandoned * CALL);
  expect(ledger.lost).toBeGreaterThan(0);
  expect(abandoned, why).toBeGreaterThanOrEqual(ledger.lost);
}, 600_000);

test('negative control: a runner that forgets what an earlier claim was answered pays for it twice', async () => {
  await breakFunction(admin, 'claim_missions', { ' and c.answer is not null)': ' and false)' });
  await planAndPay(dbs, admin, { seed: SEED, users: 5, rounds: 1, lapses: 0.3 });
  expect((await booksOf(admin)).paidTwice, `SEED=${SEED}`).toBeGreaterThan(0);
});
