import type { BreakableWorld, Catcher } from '../harness/control.ts';
import { runScenario } from '../harness/run-scenario.ts';
import type { Scenario } from '../harness/scenario.ts';

/** A scenario on a world that is broken before its first round; this law must be found broken. */
export function byScenario(
  scenario: Scenario,
  { law, rounds, breakWorld }: { law: string; rounds: number; breakWorld(world: BreakableWorld): Promise<void> },
): Catcher {
  return {
    by: `${scenario.name}: ${law}`,
    breakWorld,
    async attack({ server, ...options }) {
      const shared = async () => server;
      const { violations } = await runScenario(scenario, { ...options, server: shared, rounds, breakWorld });
      return violations.find((violation) => violation.law === law)?.message ?? null;
    },
  };
}
