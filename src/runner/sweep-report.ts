import type { ReplyFault } from '../core/planning/planner.ts';
import type { PlanResult } from './plan-mission.ts';

/** What became of a claim, `error` for what nobody expected. */
export type FinishedPlan = PlanResult | { result: 'error' };

/** What one sweep found and did; the answer of POST /internal/tick. */
export interface SweepReport {
  scannedAt: string;
  dueMissionCount: number;
  plansProduced: number;
  plansWrittenBack: number;
  parseFailures: number;
  errors: number;
}

const PARSE_FAILURES: ReadonlySet<string> = new Set<ReplyFault>([
  'reply_not_json',
  'reply_shape',
  'no_steps',
  'too_many_steps',
  'rationale_missing',
  'unknown_tool',
  'denied_tool',
  'invalid_params',
]);

/** Counts what the plans of one sweep came to; those that had not finished are due, and nothing else. */
export function sweepReport(scannedAt: string, dueMissionCount: number, results: FinishedPlan[]): SweepReport {
  const reasons = results.map((result) => ('reason' in result ? result.reason : null));
  const planned = results.filter(({ result }) => result === 'planned').length;
  const parseFailures = reasons.filter((reason) => reason !== null && PARSE_FAILURES.has(reason)).length;
  return {
    scannedAt,
    dueMissionCount,
    plansProduced: planned + results.filter(({ result }) => result === 'handed_back' || result === 'lost').length,
    plansWrittenBack: planned,
    parseFailures,
    errors:
      results.filter(({ result }) => result === 'error').length +
      reasons.filter((r) => r !== null).length -
      parseFailures,
  };
}
