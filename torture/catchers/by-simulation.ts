import type { Catcher } from '../harness/control.ts';
import { LawBroken } from '../simulation/simulate.ts';

/** A simulation of a broken build; some history must break its law, in these words. */
export function bySimulation(
  name: string,
  { says, simulate }: { says: RegExp; simulate(seed: number): Promise<unknown> },
): Catcher {
  return {
    by: `the simulation of ${name}`,
    async attack({ seed }) {
      try {
        await simulate(seed);
        return null;
      } catch (error) {
        if (!(error instanceof LawBroken)) throw error;
        return says.test(error.message) ? error.message : null;
      }
    },
  };
}
