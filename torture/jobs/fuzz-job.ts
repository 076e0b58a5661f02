import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { verifyUser } from '../../src/log/verify/verify-user.ts';
import { appTarget } from '../../test/http/fuzz/app-target.ts';
import { attackService } from '../../test/http/fuzz/attack-service.ts';
import { playSequences } from '../../test/http/fuzz/play-sequences.ts';
import { startTestApp } from '../../test/support/app.ts';
import type { Job } from '../harness/job.ts';
import { onBothEngines } from './on-both-engines.ts';

const PER_OPERATION = 20;
const SEQUENCES = 10;

export const fuzzJob: Job = {
  name: 'fuzz',
  promise:
    'No request is answered with a 5xx, with what the description does not mention, with the insides of the service or with what is of another person; a refused one writes nothing.',
  attack:
    'Requests to every operation, generated from the OpenAPI document: valid, with something wrong in them, wholly malformed, with odd paths, queries, headers, methods and encodings; and sequences of requests.',
  of: 'rounds',
  rounds: { full: 310 },
  test: 'test/http/fuzz/fuzz.test.ts',
  injects: ['requests'],
  attacks: 'requests',
  run: (options) =>
    onBothEngines({ name: 'fuzz', law: 'answers' }, options, async ({ db, number, tally }) => {
      const seed = options.seed + number;
      const app = await startTestApp(async () => ({ db, close: async () => {} }));
      const target = appTarget(app);
      async function verify(userId: string): Promise<void> {
        const quietly = { registry: defaultRegistry, checkInterrupt: () => {}, onChanges: () => {} };
        const { violations } = await verifyUser(db, userId, quietly);
        if (violations[0]) throw new Error(`${userId}: ${violations[0].message}`);
        tally.add('logs verified');
      }
      const report = await attackService(target, { seed, rounds: 2, perOperation: PER_OPERATION, afterRound: verify });
      tally.add('requests', report.requests);
      for (const [outcome, times] of report.outcomes) tally.add(`answers ${statusOf(outcome)}`, times);
      tally.add('sequences', SEQUENCES);
      tally.add('requests in sequences', await playSequences(target, { seed, runs: SEQUENCES, afterRun: verify }));
      await app.close();
    }),
};

/** `GET /api/missions/{id} 404 mission_not_found`: the 404. */
function statusOf(outcome: string): string {
  return / (\d{3})\b/.exec(outcome)?.[1] ?? outcome;
}
