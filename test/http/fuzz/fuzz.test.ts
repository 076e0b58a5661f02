// A generated attack on the whole service, by its own OpenAPI document: what must hold of every answer, whatever was asked.
// More of it, or another: SEED=7 ROUNDS=500 RUNS=2000 npx vitest run --project node test/http/fuzz/fuzz.test.ts
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultRegistry } from '../../../src/core/modules/registry.ts';
import { verifyUser } from '../../../src/log/verify/verify-user.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { openTestPglite, openTestPostgres } from '../../support/engines.ts';
import { appTarget } from './app-target.ts';
import { attackService } from './attack-service.ts';
import { playSequences } from './play-sequences.ts';

const seed = Number(process.env.SEED ?? 20_261_123);
const PER_OPERATION = 20;
/** Postgres takes fewer: what differs between the engines is not the edge. */
const ENGINES = [
  { kind: 'pglite', open: openTestPglite, rounds: 14, runs: 40 },
  { kind: 'postgres', open: openTestPostgres, rounds: 6, runs: 20 },
];

for (const { kind, open, rounds, runs } of ENGINES) {
  describe(kind, () => {
    let app: TestApp;
    beforeAll(async () => {
      app = await startTestApp(open);
    });
    afterAll(() => app?.close());

    async function holds(userId: string): Promise<void> {
      const options = { registry: defaultRegistry, checkInterrupt: () => {}, onChanges: () => {} };
      const { violations } = await verifyUser(app.db, userId, options);
      expect(violations, userId).toEqual([]);
    }

    test('no generated request breaks a law', async () => {
      const options = { rounds: Number(process.env.ROUNDS ?? rounds), perOperation: PER_OPERATION };
      const report = await attackService(appTarget(app), { seed, ...options, afterRound: holds });
      await holds(report.victim);
      expect(report.requests).toBeGreaterThan(options.rounds * 35 * PER_OPERATION);
      // A generator that is always refused would show little.
      const accepted = [...report.outcomes].filter(([outcome]) => / 20\d$/.test(outcome));
      expect(accepted.length).toBeGreaterThan(25);
    }, 900_000);

    test('no sequence of requests breaks one', async () => {
      const wanted = Number(process.env.RUNS ?? runs);
      const requests = await playSequences(appTarget(app), { seed, runs: wanted, afterRun: holds });
      expect(requests).toBeGreaterThan(3 * wanted);
    }, 900_000);
  });
}
