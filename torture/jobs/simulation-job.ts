import type { Job } from '../harness/job.ts';
import { createTally } from '../harness/tally.ts';
import { LawBroken } from '../simulation/simulate.ts';
import type { Simulation } from '../simulation/simulations.ts';

/** Histories between two looks at the clock. */
const AT_A_TIME = 10_000;

export function simulationJob({ name, promise, attack, histories, run }: Simulation): Job {
  return {
    ...{ name, promise, attack, of: 'histories', injects: [], attacks: 'histories' },
    rounds: { full: histories.full, smoke: histories.ci },
    test: 'test/torture/simulation/simulations.test.ts',
    async run({ seed, rounds, deadline, onProgress }) {
      const tally = createTally();
      const outcome = { scenario: name, seed, missing: [] };
      let judged = 0;
      try {
        while (judged < rounds && Date.now() < deadline) {
          const count = Math.min(AT_A_TIME, rounds - judged);
          const { histories: _, ...counted } = await run(seed + judged, count);
          for (const [what, times] of Object.entries(counted)) tally.add(what, times);
          judged += count;
          onProgress(`${name}, seed ${seed}: history ${judged} of ${rounds}`);
        }
        return { ...outcome, rounds: judged, counts: tally.counts(), violations: [] };
      } catch (error) {
        if (!(error instanceof LawBroken)) throw error;
        const violations = [{ law: name, message: error.message }];
        return { ...outcome, rounds: judged + error.histories, counts: tally.counts(), violations };
      }
    },
  };
}
