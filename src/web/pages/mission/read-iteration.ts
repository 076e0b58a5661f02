import type { Json, JsonObject } from '../../../core/json.ts';
import type { ProposalStatus } from '../../../core/proposals/proposal.ts';
import { objectOr, objectsIn, textOr } from '../../../core/tolerant.ts';
import { dateOf } from '../../charts/date-of.ts';
import { readProposal } from '../../proposals/read-proposal.ts';
import type { RecordRow } from '../../replica/database.ts';
import { type FailureReason, failureReason } from './failure-reason.ts';

export interface PlanStep {
  id: string;
  summary: string;
  rationale: string;
  status: ProposalStatus | 'unknown';
  /** The record that is decided on; null where it is not here. */
  proposal: RecordRow | null;
}

/** An iteration as the timeline shows it. Whatever its record holds, nothing here throws. */
export interface Iteration {
  id: string;
  /** Which plan of its mission it is. */
  number: number | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** The model's name, `outline`, or null where none was asked. */
  model: string | null;
  usage: { calls: number; inputTokens: number; outputTokens: number };
  summary: string;
  outcome: 'failed' | 'stopped' | 'empty' | 'open' | 'superseded' | 'decided';
  failure: { reason: FailureReason; message: string } | null;
  /** The person's words about it. */
  feedback: string;
  steps: PlanStep[];
}

/** The iterations of a mission with their steps, the newest first; `now` decides which proposals have expired. */
export function readIterations(
  iterations: readonly RecordRow[],
  proposals: readonly RecordRow[],
  now: Date,
): Iteration[] {
  return iterations
    .map((record) =>
      readIteration(
        record,
        proposals.filter(({ data }) => data.iterationId === record.id),
        now,
      ),
    )
    .reverse();
}

function readIteration({ id, data }: RecordRow, proposals: RecordRow[], now: Date): Iteration {
  const steps = readSteps(data.plan, proposals, now);
  const isFailed = data.overallStatus === 'failed';
  const error = objectOr<JsonObject>(data.error, {});
  const reason = failureReason(error.reason);
  const usage = objectOr<JsonObject>(data.usage, {});
  const model = textOr(data.model, '');
  return {
    id,
    number: typeof data.want === 'number' && Number.isSafeInteger(data.want) ? data.want : null,
    startedAt: dateOf(data.startedAt),
    finishedAt: dateOf(data.finishedAt),
    model: model === '' || model === 'none' ? null : model,
    usage: {
      calls: countOf(usage.calls),
      inputTokens: countOf(usage.inputTokens),
      outputTokens: countOf(usage.outputTokens),
    },
    summary: textOr(data.summary, '').trim(),
    outcome: !isFailed ? outcomeOf(steps) : reason === 'stopped' ? 'stopped' : 'failed',
    failure: isFailed ? { reason, message: textOr(error.message, '') } : null,
    feedback: textOr(data.feedback, '').trim(),
    steps,
  };
}

/** What the plan names, then any proposal that it does not: what can be decided must not be out of sight. */
function readSteps(plan: Json | undefined, proposals: RecordRow[], now: Date): PlanStep[] {
  const left = new Map(proposals.map((proposal) => [proposal.id, proposal]));
  const planned = objectsIn(plan).map((step, index): PlanStep => {
    const proposalId = textOr(step.proposalId, '');
    const proposal = left.get(proposalId);
    left.delete(proposalId);
    if (proposal) return toStep(proposal, now);
    return {
      id: proposalId || `step ${index}`,
      summary: textOr(step.summary, '').trim() || textOr(objectOr<JsonObject>(step.intent, {}).toolName, ''),
      rationale: textOr(step.rationale, '').trim(),
      status: 'unknown',
      proposal: null,
    };
  });
  const ids = new Set<string>();
  return [...planned, ...[...left.values()].map((proposal) => toStep(proposal, now))].filter(
    ({ id }) => !ids.has(id) && ids.add(id),
  );
}

function toStep(record: RecordRow, now: Date): PlanStep {
  const { id, summary, rationale, status } = readProposal(record, now);
  return { id, summary, rationale, status, proposal: record };
}

function outcomeOf(steps: PlanStep[]): Iteration['outcome'] {
  if (steps.length === 0) return 'empty';
  if (steps.some(({ status }) => status === 'pending')) return 'open';
  return steps.every(({ status }) => status === 'superseded') ? 'superseded' : 'decided';
}

function countOf(value: Json | undefined): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}
