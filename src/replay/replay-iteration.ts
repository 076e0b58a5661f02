import { sql } from 'drizzle-orm';
import type { Json, JsonObject } from '../core/json.ts';
import { fieldIssues } from '../core/modules/field-issues.ts';
import type { Registry } from '../core/modules/registry.ts';
import { type ComparablePlan, comparePlans, type PlanDifference } from '../core/planning/compare-plans.ts';
import { createOutlinePlanner } from '../core/planning/outline.ts';
import { buildPlanRequest, readMission } from '../core/planning/plan-request.ts';
import type { ModelCall, Planner, PlanOutcome, PlanRequest } from '../core/planning/planner.ts';
import { parseReply } from '../core/planning/reply.ts';
import { toolPolicy } from '../core/proposals/policy.ts';
import { type Database, type Session, userSession, withUser } from '../database/database.ts';
import { readRecord, type StoredRecord } from '../database/read-records.ts';
import { actionHash } from '../decisions/action-hash.ts';
import { type LogState, stateAt } from '../log/past/state-at.ts';
import { materialAt } from './material-at.ts';

export interface ReplayDeps {
  db: Database;
  registry: Registry;
  signal: AbortSignal;
}

export interface Replay {
  iterationId: string;
  missionId: string;
  /** The log position that the iteration saw, and this replay with it. */
  sawPosition: number;
  /** What planned then, and now. */
  models: { before: string; after: string };
  /** The calls that this replay made: none when the recorded answers were used. They are recorded nowhere. */
  calls: Pick<ModelCall, 'inputTokens' | 'outputTokens' | 'durationMs'>[];
  plan: ComparablePlan;
  difference: PlanDifference;
}

/** Why an iteration cannot be replayed. */
export type ReplayFault = 'iteration_not_found' | 'mission_not_found' | 'mission_invalid' | 'nothing_recorded';
export type ReplayResult = { ok: true; replay: Replay } | { ok: false; reason: ReplayFault; message: string };

/**
 * Plans an iteration again on the records as they were when it was planned, and compares the plans. Writes nothing.
 *
 * Without `planner` what was recorded is used: the model's answers then go through today's parser and staging, and the
 * model is not asked (an iteration of the outline planner is outlined again). With one, it gets today's prompt.
 */
export async function replayIteration(
  { db, registry, signal }: ReplayDeps,
  userId: string,
  iterationId: string,
  planner?: Planner,
): Promise<ReplayResult> {
  const session = userSession(userId);
  const iteration = await withUser(db, userId, (tx) => readRecord(tx, 'ai', 'aiIterations', iterationId));
  const facts = iteration && readFacts(iteration);
  if (!facts) return no('iteration_not_found', `there is no iteration "${iterationId}" in the log of ${userId}.`);
  const { missionId, want, sawPosition, startedAt } = facts;

  const state = await stateAt(db, session, sawPosition);
  const then = materialAt(state, missionId);
  if (!then) return no('mission_not_found', `the log has no mission "${missionId}" at position ${sawPosition}.`);
  const mission = readMission(missionId, then.material.mission);
  if (!mission.ok) return no('mission_invalid', mission.message);

  const request = buildPlanRequest(registry, mission.mission, then.material, then.decidedSteps, startedAt);
  const today = planner ?? (facts.model === 'outline' ? createOutlinePlanner() : undefined);
  const calls: Replay['calls'] = [];
  let outcome: PlanOutcome;
  if (today) {
    outcome = await today.plan(request, {
      signal,
      recordedAnswers: [],
      readTool: async (name, params) =>
        readFrom(state, registry, then.material.policy, name, params, {
          now: startedAt,
          timeZone: mission.mission.timeZone,
        }),
      reserveCall: async () => {},
      async recordCall({ inputTokens, outputTokens, durationMs }) {
        calls.push({ inputTokens, outputTokens, durationMs });
      },
    });
  } else {
    const answers = await readAnswers(db, session, missionId, want);
    if (answers.length === 0) {
      return no(
        'nothing_recorded',
        `no answer of a model is recorded here for ${iterationId} (an archive brings none along); ask one with --prompt-from-source.`,
      );
    }
    outcome = parseAnswers(registry, request, answers);
  }
  signal.throwIfAborted();
  const plan: ComparablePlan = outcome.ok
    ? {
        ok: true,
        summary: outcome.plan.summary,
        steps: outcome.plan.steps.map((step) => ({ ...step, hash: actionHash(step.toolName, step.params) })),
      }
    : { ok: false, reason: outcome.reason, message: outcome.message };
  return {
    ok: true,
    replay: {
      iterationId,
      missionId,
      sawPosition,
      models: { before: facts.model, after: today?.model ?? facts.model },
      calls,
      plan,
      difference: comparePlans(recordedPlan(iteration.data), plan),
    },
  };
}

function no(reason: ReplayFault, message: string): ReplayResult {
  return { ok: false, reason, message };
}

/** What a replay must know of an iteration; undefined when it is none that this service has written. */
function readFacts({ data, deletedAt }: StoredRecord) {
  const { missionId, want, sawPosition, startedAt, model } = data;
  if (deletedAt !== null || typeof missionId !== 'string' || typeof model !== 'string') return undefined;
  if (typeof want !== 'number' || typeof sawPosition !== 'number' || typeof startedAt !== 'string') return undefined;
  return { missionId, want, sawPosition, startedAt: new Date(startedAt), model };
}

async function readAnswers(db: Database, session: Session, missionId: string, want: number): Promise<string[]> {
  const calls = await db.run<{ answer: string }>(
    session,
    sql`select answer from model_calls
        where user_id = current_user_id() and mission_id = ${missionId} and want = ${want} and answer is not null
        order by number`,
  );
  return calls.map(({ answer }) => answer);
}

/** What today's parser makes of a turn and, where that was no plan, of the repair turn after it. */
function parseAnswers(registry: Registry, { tools }: PlanRequest, answers: string[]): PlanOutcome {
  const denied = registry.tools.map(({ name }) => name).filter((name) => !tools.some((tool) => tool.name === name));
  const [first, ...others] = answers.map((answer) => parseReply(answer, tools, denied));
  return first!.ok ? first! : (others[0] ?? first!);
}

function readFrom(
  state: LogState,
  registry: Registry,
  policy: JsonObject,
  name: string,
  params: unknown,
  when: { now: Date; timeZone: string },
): Json {
  const tool = registry.tool(name);
  if (tool?.kind !== 'read' || toolPolicy(tool, policy) === 'deny') return { error: `there is no tool ${name}` };
  const parsed = tool.parameters.safeParse(params);
  if (!parsed.success)
    return { error: 'invalid parameters', issues: fieldIssues(parsed.error.issues) as unknown as Json };
  const appId = registry.moduleOf(name)?.appId ?? '';
  const alive = (table: string, id: string) => {
    const record = state.find(appId, table, id);
    return record?.deletedAt === null ? record : undefined;
  };
  const newId = () => {
    throw new Error(`the read tool ${name} asked for an id`);
  };
  return tool.read(parsed.data, { ...when, newId, find: alive, list: (table) => state.list(appId, table) });
}

/** The plan as the iteration bears it. */
function recordedPlan({ overallStatus, error, summary, plan }: JsonObject): ComparablePlan {
  if (overallStatus === 'failed') {
    const { reason, message } = (error ?? {}) as JsonObject;
    return { ok: false, reason: String(reason), message: String(message) };
  }
  const steps = (Array.isArray(plan) ? plan : []) as { summary: string; rationale: string; intent: JsonObject }[];
  return {
    ok: true,
    summary: String(summary ?? ''),
    steps: steps.map(({ summary: what, rationale, intent }) => {
      const [toolName, params] = [String(intent.toolName), (intent.params ?? {}) as JsonObject];
      return { toolName, params, rationale, summary: what, hash: actionHash(toolName, params) };
    }),
  };
}
