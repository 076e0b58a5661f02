import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import type { StaleInput } from '../core/proposals/stale-inputs.ts';
import { objectOr, objectsIn, present, textOr } from '../core/tolerant.ts';
import { statusAt } from './proposal-status.ts';
import { staleSchema } from './proposal-view.ts';

const json = z.record(z.string(), z.unknown());

export const planStepSchema = z.object({
  id: z.string(),
  summary: z.string(),
  rationale: z.string(),
  intent: z.object({ kind: z.literal('toolCall'), toolName: z.string(), params: json }),
  proposalId: z.string(),
  /** pending, approved, rejected, superseded or expired; `unknown` when its proposal is gone. */
  status: z.string(),
  decidedAt: z.string().optional(),
  feedback: z.string().optional(),
  stale: staleSchema,
});

/** An iteration as a person sees it: what was planned, and what became of each step. */
export const iterationSchema = z.object({
  id: z.string(),
  want: z.number(),
  startedAt: z.string(),
  finishedAt: z.string(),
  source: z.string(),
  model: z.string(),
  summary: z.string(),
  /** failed, empty, pending, approved, rejected, superseded, or decided when the steps went different ways. */
  overallStatus: z.string(),
  error: z.object({ reason: z.string(), message: z.string() }).optional(),
  usage: json,
  feedback: z.string().optional(),
  plan: z.array(planStepSchema),
});

export type IterationView = z.infer<typeof iterationSchema>;
type PlanStepView = z.infer<typeof planStepSchema>;

/** An iteration's record with the records of its proposals. */
export interface IterationRow {
  id: string;
  data: JsonObject;
  proposals: { id: string; data: JsonObject }[];
}

/** `now` decides which of the undecided steps have expired; `stale` is what changed of that which the plan was made from. */
export function toIterationView(
  { id, data, proposals }: IterationRow,
  now: Date,
  stale: StaleInput[] | null,
): IterationView {
  const byId = new Map(proposals.map((proposal) => [proposal.id, proposal.data]));
  const plan = objectsIn(data.plan).map((step) => toStepView(step, byId.get(textOr(step.proposalId, '')), now, stale));
  const error = objectOr(data.error, null);
  return {
    id,
    want: typeof data.want === 'number' ? data.want : 0,
    startedAt: textOr(data.startedAt, ''),
    finishedAt: textOr(data.finishedAt, ''),
    source: textOr(data.source, ''),
    model: textOr(data.model, ''),
    summary: textOr(data.summary, ''),
    overallStatus: overallStatus(textOr(data.overallStatus, ''), plan),
    ...(error ? { error: { reason: textOr(error.reason, ''), message: textOr(error.message, '') } } : {}),
    usage: objectOr(data.usage, {}),
    ...present({ feedback: textOr(data.feedback, undefined) }),
    plan,
  };
}

/** What would run is what the proposal says, so that is shown; the iteration's own copy serves when it is gone. */
function toStepView(
  step: JsonObject,
  proposal: JsonObject | undefined,
  now: Date,
  stale: StaleInput[] | null,
): PlanStepView {
  const status = proposal ? statusAt(proposal, now) : textOr(step.status, 'unknown');
  const intent = objectOr<JsonObject>(step.intent, {});
  return {
    id: textOr(step.id, ''),
    summary: textOr(step.summary, ''),
    rationale: textOr(step.rationale, ''),
    intent: {
      kind: 'toolCall',
      toolName: textOr(proposal?.toolName, textOr(intent.toolName, '')),
      params: objectOr(proposal?.params, objectOr(intent.params, {})),
    },
    proposalId: textOr(step.proposalId, ''),
    status,
    ...present({ decidedAt: textOr(proposal?.decidedAt, undefined), feedback: textOr(proposal?.feedback, undefined) }),
    stale: proposal && status === 'pending' ? stale : null,
  };
}

function overallStatus(recorded: string, plan: PlanStepView[]): string {
  if (recorded === 'failed' || recorded === 'empty') return recorded;
  const statuses = new Set(plan.map(({ status }) => status));
  if (statuses.size === 0) return recorded || 'empty';
  if (statuses.has('pending')) return 'pending';
  const [only] = statuses;
  return statuses.size === 1 && (only === 'superseded' || only === 'approved' || only === 'rejected')
    ? only
    : 'decided';
}
