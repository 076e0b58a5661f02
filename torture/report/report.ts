import { describeMachine, type Machine } from '../../bench/harness/machine.ts';
import type { Outcome } from '../harness/run-scenario.ts';

/** What is kept of a run: docs/reliability/<scenario>.json. */
export interface Report extends Outcome {
  command: string;
  machine: Machine;
}

export function toReport(outcome: Outcome): Report {
  const { scenario, seed, rounds, postgres } = outcome;
  return {
    ...outcome,
    command: `npm run torture -- --scenario ${scenario} --seed ${seed} --rounds ${rounds}`,
    machine: describeMachine(postgres, ['pg']),
  };
}
