import { sql } from 'drizzle-orm';
import type { Clock } from '../clock.ts';
import type { JsonObject } from '../core/json.ts';
import { nextRun } from '../core/missions/cadence.ts';
import type { Mission } from '../core/missions/mission.ts';
import type { Effect } from '../core/modules/module.ts';
import type { Registry } from '../core/modules/registry.ts';
import type { Budget } from '../core/planning/budget.ts';
import { buildPlanRequest, inputReads, pastStep, readMission } from '../core/planning/plan-request.ts';
import type { PastStep, Plan, Planner, PlanOutcome, PlanSession } from '../core/planning/planner.ts';
import { mergeReads, type Read } from '../core/planning/reads.ts';
import { retryDelayMs } from '../core/planning/retry-delay.ts';
import {
  type Attempt,
  type IterationError,
  iterationIdOf,
  proposalIdOf,
  type StagedStep,
  stageFailure,
  stagePlan,
} from '../core/planning/stage.ts';
import { toolPolicy } from '../core/proposals/policy.ts';
import { type Database, type Transaction, withUser } from '../database/database.ts';
import { readRecord } from '../database/read-records.ts';
import { actionHash } from '../decisions/action-hash.ts';
import { runTool } from '../decisions/run-tool.ts';
import type { Metrics } from '../metrics.ts';
import { reachMilestone } from '../reach-milestone.ts';
import type { Breaker } from './breaker.ts';
import { type Claim, recordCall, releaseClaim, reserveCall } from './claim.ts';
import { readForPlanner } from './read-for-planner.ts';
import { type Recorded, recordPlan } from './record-plans.ts';
import type { Recorder } from './recorder.ts';

export interface PlanMissionDeps {
  db: Database;
  recorder: Recorder;
  planner: Planner;
  registry: Registry;
  clock: Clock;
  random: () => number;
  maxAttempts: number;
  /** The caps on calls of a model; null: the planner calls none. */
  budget: Budget | null;
  breaker: Breaker;
  metrics?: Pick<Metrics, 'claimed' | 'finished' | 'modelCalled'> | undefined;
}

/** Why planning is cut short by us: the mission was edited or the claim lost, a cap allows no call, the runner stops. */
export class Interrupted extends Error {
  override readonly cause: 'claim_lost' | 'held' | 'stopping';
  constructor(cause: Interrupted['cause']) {
    super(`planning was interrupted: ${cause}`);
    this.cause = cause;
  }
}

/** What became of a claim. `failed`: a failed iteration was recorded; `retrying`: it goes again later. */
export type PlanResult =
  | { result: 'planned' }
  | { result: 'failed' | 'retrying'; reason: string }
  | { result: 'handed_back' | 'lost' | 'held' };

/** Whether a call of a model is under way: what is cut short then may have cost all that was reserved for it. */
export interface CallState {
  isUnderWay: boolean;
}

/** Plans one claimed mission, from the prompt to the write-back. No transaction is open while the planner thinks. */
export async function planMission(
  deps: PlanMissionDeps,
  claim: Claim,
  signal: AbortSignal,
  call: CallState,
): Promise<PlanResult> {
  // What an earlier claim of this want was answered counts: it was paid for.
  const spent = { calls: claim.answers.length, inputTokens: 0, outputTokens: 0 };
  const startedAt = deps.clock.now();
  /** Null until there is a prompt. Worked out when the plan is there, not before the planner is called. */
  let reads: (() => Read[]) | null = null;
  const attempt = (): Attempt => ({
    missionId: claim.missionId,
    want: claim.want,
    model: deps.planner.model,
    startedAt,
    finishedAt: deps.clock.now(),
    sawPosition: claim.position,
    reads: reads?.() ?? null,
    causedBy: claim.causes,
    modelCalls: spent.calls,
    inputTokens: spent.inputTokens,
    outputTokens: spent.outputTokens,
  });

  const read = readMission(claim.missionId, claim.mission);
  const fail = async (error: IterationError, nextRunAt = nextRunOf(claim, deps.clock.now())): Promise<PlanResult> => {
    const recorded = await deps.recorder.record({
      claim,
      changes: stageFailure(attempt(), error),
      failed: true,
      nextRunAt,
    });
    return recorded === 'recorded' ? { result: 'failed', reason: error.reason } : written(recorded);
  };
  if (!read.ok) return fail({ reason: 'mission_invalid', message: read.message });
  if (claim.attempt > deps.maxAttempts) {
    // Quarantine: what kills the runner is not brought back by the cadence. An edit or "run now" does.
    return fail({ reason: 'attempts_exhausted', message: `no attempt of ${deps.maxAttempts} came to an end` }, null);
  }

  const decidedSteps = deps.planner.needsDecidedSteps ? await readDecidedSteps(deps.db, claim) : [];
  const request = buildPlanRequest(deps.registry, read.mission, claim, decidedSteps, startedAt);
  const toolReads: Read[] = [];
  /** What this claim may still spend: the first call is reserved with it. */
  let reserved = deps.budget?.call ?? 0;
  reads = () => mergeReads([...inputReads(deps.registry, claim, request), ...toolReads]);
  const session: PlanSession = {
    signal,
    recordedAnswers: claim.answers,
    async readTool(name, params) {
      const { answer, reads } = await readForPlanner(deps, claim, read.mission, name, params);
      toolReads.push(...reads);
      return answer;
    },
    async reserveCall(tokens) {
      if (deps.budget && tokens > reserved) {
        const outcome = await reserveCall(deps.db, claim, tokens, deps.budget, deps.clock.databaseNow());
        if (outcome !== 'reserved') throw new Interrupted(outcome);
        reserved = tokens;
      }
      call.isUnderWay = true;
    },
    async recordCall(exchange) {
      reachMilestone('answer_received');
      deps.metrics?.modelCalled(exchange);
      spent.calls += 1;
      spent.inputTokens += exchange.inputTokens ?? 0;
      spent.outputTokens += exchange.outputTokens ?? 0;
      if (!(await recordCall(deps.db, claim, exchange))) throw new Interrupted('claim_lost');
      reachMilestone('call_recorded');
      reserved = 0;
      call.isUnderWay = false;
    },
  };

  const outcome = await deps.planner.plan(request, session);
  signal.throwIfAborted();
  const isDown = heed(deps.breaker, outcome, spent.calls > claim.answers.length);
  if (outcome.ok) return written(await recordOutcome(deps, claim, read.mission, attempt(), outcome.plan));
  if (isDown && 'isOutage' in outcome && outcome.isOutage) {
    // It waits for the server like all others, and that is no fault of its own.
    await releaseClaim(deps.db, claim, { forgetAttempt: true, isPaid: false });
    return { result: 'retrying', reason: outcome.reason };
  }
  if (isWorthRetrying(outcome) && claim.attempt < deps.maxAttempts) {
    await retryLater(deps, claim, { retryAfterMs: 'retryAfterMs' in outcome ? outcome.retryAfterMs : undefined });
    return { result: 'retrying', reason: outcome.reason };
  }
  return fail({ reason: outcome.reason, message: outcome.message });
}

/** When the cadence of a claimed mission comes next; null when it has none, or one that cannot be read. */
export function nextRunOf(claim: Claim, now: Date): Date | null {
  const read = readMission(claim.missionId, claim.mission);
  return read.ok ? nextRun(read.mission.cadence, read.mission.timeZone, now) : null;
}

/** Hands the claim back for another attempt, after a wait that grows with each. */
export async function retryLater(
  deps: Pick<PlanMissionDeps, 'db' | 'clock' | 'random'>,
  claim: Claim,
  { retryAfterMs, isPaid = false }: { retryAfterMs?: number | undefined; isPaid?: boolean } = {},
): Promise<void> {
  const delay = retryDelayMs(claim.attempt, deps.random(), retryAfterMs);
  await releaseClaim(deps.db, claim, { retryAt: new Date(deps.clock.now().getTime() + delay), isPaid });
}

/** Tells the breaker what an outcome says about the server. Returns whether no calls are to be made now. */
function heed(breaker: Breaker, outcome: PlanOutcome, hasCalled: boolean): boolean {
  if (isWorthRetrying(outcome)) breaker.failed('retryAfterMs' in outcome ? outcome.retryAfterMs : undefined);
  else if (hasCalled) breaker.answered();
  return breaker.downSince() !== null;
}

function isWorthRetrying(outcome: PlanOutcome): boolean {
  return (
    !outcome.ok &&
    (outcome.reason === 'model_unavailable' ||
      outcome.reason === 'model_rate_limited' ||
      outcome.reason === 'model_timeout')
  );
}

function written(recorded: Recorded): PlanResult {
  if (recorded === 'recorded') return { result: 'planned' };
  return { result: recorded === 'claim_lost' ? 'lost' : 'handed_back' };
}

async function recordOutcome(deps: PlanMissionDeps, claim: Claim, mission: Mission, attempt: Attempt, plan: Plan) {
  const staged: StagedStep[] = plan.steps.map((step) => ({
    ...step,
    appId: deps.registry.moduleOf(step.toolName)?.appId ?? '',
    hash: actionHash(step.toolName, step.params),
  }));
  const written = () => ({
    claim,
    changes: stagePlan(attempt, plan, staged),
    failed: false,
    nextRunAt: nextRun(mission.cadence, mission.timeZone, attempt.finishedAt),
  });
  if (!staged.some(({ toolName }) => runsAtOnce(deps.registry, toolName, claim.policy))) {
    return deps.recorder.record(written());
  }

  const recorded = await withUser(deps.db, claim.userId, async (tx) => {
    await tx.query(sql`select lock_log()`);
    await workOutAtOnce(deps, tx, claim, mission, attempt, staged);
    await tx.query(sql`select set_config('role', 'app_runner', true)`);
    const outcome = await recordPlan(tx, written(), deps.clock.databaseNow());
    reachMilestone('plans_before_commit');
    return outcome;
  });
  reachMilestone('plans_committed');
  return recorded;
}

function runsAtOnce(registry: Registry, toolName: string, policy: JsonObject | undefined): boolean {
  const tool = registry.tool(toolName);
  return tool?.kind === 'write' && toolPolicy(tool, policy) === 'auto';
}

/**
 * Works out the effects of the steps that run at once, on the records as they stand under the lock that the write-back
 * takes too, one after the other: a step sees what the steps before it change. What the person allowed is read anew:
 * they may have taken it back while the model thought.
 */
async function workOutAtOnce(
  deps: PlanMissionDeps,
  tx: Transaction,
  claim: Claim,
  mission: Mission,
  attempt: Attempt,
  staged: StagedStep[],
): Promise<void> {
  const record = await readRecord(tx, 'ai', 'aiPolicy', 'policy');
  const policy = record?.deletedAt ? undefined : record?.data;
  const iterationId = iterationIdOf(claim.missionId, claim.want);
  const before: { appId: string; effect: Effect }[] = [];
  for (const [index, step] of staged.entries()) {
    const tool = deps.registry.tool(step.toolName);
    if (tool?.kind !== 'write' || !runsAtOnce(deps.registry, step.toolName, policy)) continue;
    const run = await runTool(tx, deps.registry, tool, step.params, {
      now: attempt.finishedAt,
      timeZone: mission.timeZone,
      proposalId: proposalIdOf(iterationId, index),
      before: before.filter(({ appId }) => appId === step.appId).map(({ effect }) => effect),
    });
    // A step that cannot run as it is stays a proposal, for the person to look at.
    if (!run.ok) continue;
    step.effects = run.effects;
    before.push(...run.effects.map((effect) => ({ appId: step.appId, effect })));
  }
}

function readDecidedSteps(db: Database, claim: Claim): Promise<PastStep[]> {
  return withUser(db, claim.userId, async (tx) => {
    const rows = await tx.query<{ data: JsonObject }>(sql`
      select data from records
      where user_id = current_user_id() and app_id = 'ai' and table_name = 'aiProposals'
        and data ->> 'missionId' = ${claim.missionId} and data ->> 'status' in ('approved', 'rejected')
      order by first_position desc nulls last limit 1000`);
    return rows.map(({ data }) => pastStep(data));
  });
}
