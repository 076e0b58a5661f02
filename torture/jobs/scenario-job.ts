import type { Job } from '../harness/job.ts';
import { runScenario } from '../harness/run-scenario.ts';
import type { Scenario } from '../harness/scenario.ts';

export function scenarioJob(scenario: Scenario): Job {
  const { name, promise, attack, rounds, injects } = scenario;
  return {
    ...{ name, promise, attack, rounds, injects, of: 'rounds', attacks: 'faults' },
    run: (options) => runScenario(scenario, options),
  };
}
