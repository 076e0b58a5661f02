import type { Job } from '../harness/job.ts';
import { createTally } from '../harness/tally.ts';
import { interleave, RaceLost } from '../interleavings/interleave.ts';
import { openRaceWorld } from '../interleavings/open-race-world.ts';
import { races } from '../interleavings/races.ts';

export const interleavingsJob: Job = {
  name: 'interleavings',
  promise:
    'Whatever the order in which the statements of two or three sessions come: positions without a hole, projections that are the fold, one plan for a want, one decision for a proposal, and nothing outlives an erasure.',
  attack:
    "The product's own operations meet on a real Postgres, a statement at a time, in every order that there is; where a session waits for a lock, the others go on.",
  of: 'rounds',
  rounds: { full: 1, smoke: 1 },
  test: 'test/torture/interleavings/races.test.ts',
  injects: ['orders of '],
  attacks: 'orders',
  async run({ server, seed, onProgress }) {
    const world = await openRaceWorld((await server()).adminUrl);
    const tally = createTally();
    const violations: { law: string; message: string }[] = [];
    try {
      for (const race of races) {
        try {
          const { interleavings, statements, waits } = await interleave(race, world);
          tally.add(`orders of ${race.name}`, interleavings);
          tally.add('statements', statements);
          tally.add('waits for a lock', waits);
        } catch (error) {
          if (!(error instanceof RaceLost)) throw error;
          violations.push({ law: race.name, message: error.message });
        }
        onProgress(`interleavings: ${race.name}`);
      }
      const { rows } = await world.admin.query('show server_version');
      const postgres = String(rows[0].server_version);
      return {
        ...{ scenario: 'interleavings', seed, rounds: 1, postgres },
        ...{ counts: tally.counts(), missing: [], violations },
      };
    } finally {
      await world.close();
    }
  },
};
