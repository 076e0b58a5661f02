import type { JsonObject } from '../json.ts';
import { type Actor, type AiActor, MISSION_RUNNER } from '../log/actor.ts';
import type { Change } from '../log/change.ts';
import { formatStamp } from '../log/stamp.ts';
import type { Effect } from '../modules/module.ts';
import { PROPOSAL_DAYS, type ProposalFields } from '../proposals/proposal.ts';
import type { Plan, PlanStep } from './planner.ts';
import type { Read } from './reads.ts';

/** What the runner knows of an attempt, whatever came of it. */
export interface Attempt {
  missionId: string;
  want: number;
  model: string;
  startedAt: Date;
  finishedAt: Date;
  /** The log position that the planner saw. */
  sawPosition: number;
  /** What of the person's records it saw; null when it came to no prompt. */
  reads: Read[] | null;
  /** The missions whose effects led, step by step, to the want that this plan answers. */
  causedBy: string[];
  modelCalls: number;
  inputTokens: number;
  outputTokens: number;
}

export interface IterationError {
  reason: string;
  message: string;
}

/** A step with what staging needs of its tool. */
export interface StagedStep extends PlanStep {
  appId: string;
  hash: string;
  /** Present when the policy lets the step run at once: the changes that it makes. */
  effects?: Effect[];
}

/** Derived from mission and want, so that a plan written twice is one iteration. */
export function iterationIdOf(missionId: string, want: number): string {
  return `${missionId}-${want}`;
}

export function proposalIdOf(iterationId: string, index: number): string {
  return `${iterationId}-${index}`;
}

/** The changes that record a plan: the iteration, a proposal for each step, and the effects of steps that run at once. */
export function stagePlan(attempt: Attempt, plan: Plan, steps: StagedStep[]): Change[] {
  const iterationId = iterationIdOf(attempt.missionId, attempt.want);
  const iteration = iterationChange(attempt, {
    overallStatus: steps.length === 0 ? 'empty' : 'planned',
    summary: plan.summary,
    plan: steps.map((step, index) => ({
      id: proposalIdOf(iterationId, index),
      summary: step.summary,
      rationale: step.rationale,
      intent: { kind: 'toolCall', toolName: step.toolName, params: step.params },
      proposalId: proposalIdOf(iterationId, index),
    })),
  });
  return [iteration, ...steps.flatMap((step, index) => stageStep(attempt, iterationId, step, index))];
}

/** The change that records an attempt that came to no plan, so that the person sees it and why. */
export function stageFailure(attempt: Attempt, error: IterationError): Change[] {
  return [iterationChange(attempt, { overallStatus: 'failed', summary: '', plan: [], error: { ...error } })];
}

/** The effects of a tool as changes that say for ever who made them, for which mission, and why. */
export function effectChanges(appId: string, effects: Effect[], actor: AiActor): Change[] {
  return effects.map((effect) => ({ appId, ...effect, actor }));
}

function iterationChange(attempt: Attempt, outcome: JsonObject): Change {
  return serverChange('aiIterations', iterationIdOf(attempt.missionId, attempt.want), 'insert', {
    missionId: attempt.missionId,
    want: attempt.want,
    source: 'server',
    model: attempt.model,
    startedAt: formatStamp(attempt.startedAt),
    finishedAt: formatStamp(attempt.finishedAt),
    sawPosition: attempt.sawPosition,
    ...(attempt.reads ? { reads: attempt.reads.map((read) => ({ ...read })) } : {}),
    causedBy: attempt.causedBy,
    usage: { calls: attempt.modelCalls, inputTokens: attempt.inputTokens, outputTokens: attempt.outputTokens },
    ...outcome,
  });
}

function stageStep(attempt: Attempt, iterationId: string, step: StagedStep, index: number): Change[] {
  const proposalId = proposalIdOf(iterationId, index);
  const proposal: ProposalFields = {
    missionId: attempt.missionId,
    iterationId,
    rationale: step.rationale,
    summary: step.summary,
    appId: step.appId,
    toolName: step.toolName,
    params: step.params,
    status: step.effects ? 'approved' : 'pending',
    hash: step.hash,
    expiresAt: formatStamp(new Date(attempt.finishedAt.getTime() + PROPOSAL_DAYS * 86_400_000)),
    ...(step.effects ? { decidedAt: formatStamp(attempt.finishedAt), decidedBy: 'policy' as const } : {}),
  };
  const actor: AiActor = {
    kind: 'ai',
    missionId: attempt.missionId,
    iterationId,
    proposalId,
    rationale: step.rationale,
  };
  return [
    serverChange('aiProposals', proposalId, 'insert', { ...proposal }),
    ...effectChanges(step.appId, step.effects ?? [], actor),
  ];
}

function serverChange(tableName: string, recordId: string, op: Change['op'], data: JsonObject): Change {
  const actor: Actor = MISSION_RUNNER;
  return { appId: 'ai', tableName, recordId, op, data, actor };
}
