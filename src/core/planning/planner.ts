import type { Json, JsonObject } from '../json.ts';
import type { Mission } from '../missions/mission.ts';
import type { Tool } from '../modules/module.ts';

/** A linked record of the person's, resolved to text by its module. */
export interface ResolvedInput {
  ref: string;
  text: string;
}

/** A step of an earlier iteration with what became of it. */
export interface PastStep {
  toolName: string;
  params: JsonObject;
  rationale: string;
  status: string;
  /** The person's words when they decided. */
  feedback?: string;
}

export interface PastIteration {
  id: string;
  startedAt: string;
  overallStatus: string;
  /** The person's words about the iteration as a whole. */
  feedback?: string;
  steps: PastStep[];
}

export interface PlanRequest {
  mission: Mission;
  inputs: ResolvedInput[];
  /** The newest three, newest first. */
  iterations: PastIteration[];
  /** Every step of this mission that the person has decided, of all iterations; empty unless the planner needs them. */
  decidedSteps: PastStep[];
  /** The tools that the policy lets the planner use, reads and writes. */
  tools: Tool[];
  now: Date;
}

export interface PlanStep {
  toolName: string;
  params: JsonObject;
  rationale: string;
  summary: string;
}

export interface Plan {
  summary: string;
  steps: PlanStep[];
}

/** Why a reply is not a plan. Each is worth one repair turn. */
export type ReplyFault =
  | 'reply_not_json'
  | 'reply_shape'
  | 'no_steps'
  | 'too_many_steps'
  | 'rationale_missing'
  | 'unknown_tool'
  | 'denied_tool'
  | 'invalid_params';

/** Why the model gave no reply. The first three are worth another attempt later, the last is not. */
export type ModelFault = 'model_unavailable' | 'model_rate_limited' | 'model_timeout' | 'model_refused';

export type PlanOutcome =
  | { ok: true; plan: Plan }
  | { ok: false; reason: ReplyFault; message: string }
  | { ok: false; reason: ModelFault; message: string; retryAfterMs?: number; isOutage?: boolean };

/** One exchange with a model, as it is recorded beside the iteration. */
export interface ModelCall {
  model: string;
  request: Json;
  response: Json;
  /** The model's closing words when this call ended a turn; null when it asked for a read tool instead. */
  answer: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  durationMs: number;
}

/** What a planner may do while it plans. */
export interface PlanSession {
  /** Aborts when the mission was edited or the claim was lost. */
  signal: AbortSignal;
  /** Runs a read tool on the person's records. Throws nothing for bad parameters: the answer says what is wrong. */
  readTool(name: string, params: unknown): Promise<Json>;
  /** Reserves what the next call may take at most, in tokens. Throws when a cap does not allow it. */
  reserveCall(tokens: number): Promise<void>;
  /** Stores the exchange durably, before anything is made of it. Throws when the claim no longer holds. */
  recordCall(call: ModelCall): Promise<void>;
  /** Answers recorded by an earlier process for the same want, oldest first: used up before the model is asked again. */
  recordedAnswers: string[];
}

/** Turns a mission into a plan. Two exist: the model planner and the outline planner. */
export interface Planner {
  /** `outline`, or the model's name: shown with each iteration. */
  model: string;
  /** Whether `decidedSteps` are to be read for it: a model sees the newest iterations instead. */
  needsDecidedSteps: boolean;
  plan(request: PlanRequest, session: PlanSession): Promise<PlanOutcome>;
}

/** A plan has one to this many steps. */
export const MAX_STEPS = 5;
