import type { Evidence } from './evidence.ts';
import type { Law } from './law.ts';
import { acknowledgedOnce } from './laws/acknowledged-once.ts';
import { callsAccounted } from './laws/calls-accounted.ts';
import { cleanRefusals } from './laws/clean-refusals.ts';
import { cleanStops } from './laws/clean-stops.ts';
import { decidedOnce } from './laws/decided-once.ts';
import { followedOnce } from './laws/followed-once.ts';
import { nothingStuck } from './laws/nothing-stuck.ts';
import { plannedOnce } from './laws/planned-once.ts';
import { positionsContiguous } from './laws/positions-contiguous.ts';
import { projectionIsFold } from './laws/projection-is-fold.ts';

export const laws: readonly Law[] = [
  acknowledgedOnce,
  positionsContiguous,
  followedOnce,
  projectionIsFold,
  plannedOnce,
  nothingStuck,
  callsAccounted,
  decidedOnce,
  cleanStops,
  cleanRefusals,
];

export interface Violation {
  law: string;
  message: string;
}

/** Holds evidence against every law. */
export function check(evidence: Evidence): Violation[] {
  return laws.flatMap(({ name, violations }) => violations(evidence).map((message) => ({ law: name, message })));
}
