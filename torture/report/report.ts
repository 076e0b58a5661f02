import { describeMachine, type Machine } from '../../bench/harness/machine.ts';
import type { Outcome } from '../harness/job.ts';

/** What is kept of a run: docs/reliability/<scenario>.json. */
export interface Report extends Outcome {
  command: string;
  /** How long it took; absent of runs of before it was kept. */
  seconds?: number;
  machine: Machine;
}

export function toReport(outcome: Outcome, seconds: number): Report {
  const { scenario, seed, rounds, postgres } = outcome;
  return {
    ...outcome,
    seconds: Math.round(seconds),
    command: `npm run torture -- --scenario ${scenario} --seed ${seed} --rounds ${rounds}`,
    machine: describeMachine(postgres, ['pg']),
  };
}
