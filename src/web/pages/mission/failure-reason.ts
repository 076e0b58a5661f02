import type { ModelFault, ReplyFault } from '../../../core/planning/planner.ts';

/** Why an iteration came to no plan: what planners answer, and what the runner and `stop_planning.sql` add. */
export type FailureReason =
  | ReplyFault
  | ModelFault
  | 'mission_invalid'
  | 'attempts_exhausted'
  | 'budget_exhausted'
  | 'stopped'
  | 'unknown';

// As an object, so that none can be forgotten.
const REASONS: Record<FailureReason, true> = {
  reply_not_json: true,
  reply_shape: true,
  no_steps: true,
  too_many_steps: true,
  rationale_missing: true,
  unknown_tool: true,
  denied_tool: true,
  invalid_params: true,
  model_unavailable: true,
  model_rate_limited: true,
  model_timeout: true,
  model_refused: true,
  mission_invalid: true,
  attempts_exhausted: true,
  budget_exhausted: true,
  stopped: true,
  unknown: true,
};

export const FAILURE_REASONS = Object.keys(REASONS) as FailureReason[];

/** A recorded reason, or `unknown`: a newer service may have others. */
export function failureReason(recorded: unknown): FailureReason {
  return FAILURE_REASONS.find((reason) => reason === recorded) ?? 'unknown';
}
