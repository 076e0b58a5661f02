import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import type { Held } from '../core/planning/budget.ts';
import { objectOr, objectsIn, present, textOr } from '../core/tolerant.ts';
import { type IterationRow, type IterationView, iterationSchema, toIterationView } from './iteration-view.ts';

const json = z.record(z.string(), z.unknown());

const heldSchema = z.object({
  /** `ownTokens` is the mission's `dailyTokens`; the others are set by whoever runs the service. */
  cap: z.enum(['userCalls', 'userTokens', 'missionTokens', 'ownTokens']),
  /** In tokens; for `userCalls` in calls. What is spent and reserved is that of today, as it was when it was held. */
  limit: z.number(),
  spent: z.number(),
  reserved: z.number(),
  /** What its next call may take at most. */
  needs: z.number(),
  until: z.string(),
});

/** What a call may come to that says nothing of the mission: it is made again. */
const OUTAGES = ['model_unavailable', 'model_rate_limited', 'model_timeout'] as const;

const modelFaultSchema = z.object({
  reason: z.enum(OUTAGES),
  message: z.string(),
  /** When the call ended. */
  at: z.string(),
  /** When it is tried again; null: as soon as the server answers a runner's test of it. */
  retryAt: z.string().nullable(),
});

const missionFields = {
  id: z.string(),
  title: z.string(),
  objective: z.string(),
  conceptMarkdown: z.string(),
  inputs: z.array(json),
  cadence: json,
  timeZone: z.string(),
  state: z.string(),
  /** `inputs`: it is planned again when something changes that its newest plan was made from. */
  // An enum: of a nullable literal the description would say that it is never null.
  replanOn: z.enum(['inputs']).nullable(),
  /** When the cadence plans it again; null when it does not, and before the first plan. */
  nextRunAt: z.string().nullable(),
  /** How many plans were asked for so far, and the newest of them that is recorded. */
  wanted: z.number(),
  planned: z.number(),
  planning: z.enum(['idle', 'queued', 'planning', 'retrying', 'held']),
  /** The person's own cap on what its calls of a model may take in a day (UTC), in tokens; null: none of its own. */
  dailyTokens: z.number().nullable(),
  /** Tokens that its calls of a model have taken today (UTC), what is reserved for one under way included. */
  tokensToday: z.number(),
  /** Which cap keeps it from being planned, and until when if nobody raises it; null: none does. */
  held: heldSchema.nullable(),
  /** While a plan of it waits: why the newest call of a model for any of the person's missions had no answer; null: it had. */
  modelFault: modelFaultSchema.nullable(),
  createdAt: z.string().nullable(),
};

/** A mission as a person sees it, with a page of its iterations, newest first. */
export const missionViewSchema = z.object({
  ...missionFields,
  iterations: z.array(iterationSchema),
  iterationsCursor: z.string().nullable(),
});

/** A mission in a list. */
export const missionSummarySchema = z.object({
  ...missionFields,
  latestIteration: iterationSchema.pick({ id: true, overallStatus: true, startedAt: true, error: true }).nullable(),
  pendingProposals: z.number(),
});

export type MissionView = z.infer<typeof missionViewSchema>;
export type MissionSummary = z.infer<typeof missionSummarySchema>;
type MissionFieldsView = Omit<MissionView, 'iterations' | 'iterationsCursor'>;

/** A mission's record with its run bookkeeping. */
export interface MissionRow {
  id: string;
  data: JsonObject;
  firstPosition: number;
  state: string | null;
  nextRunAt: Date | null;
  wanted: number | null;
  planned: number | null;
  claimed: boolean;
  queued: boolean;
  backingOff: boolean;
  held: Held | null;
  dueAt: Date | null;
  /** Of the person's newest call, while a plan of this mission waits for one. */
  modelFault: { reason: string; message: string; at: string } | null;
  tokensToday: number | null;
  createdAt: Date | null;
}

export interface IterationPage {
  iterations: IterationView[];
  cursor: string | null;
}

export function toMissionView(row: MissionRow, { iterations, cursor }: IterationPage): MissionView {
  return { ...toFields(row), iterations, iterationsCursor: cursor };
}

export function toMissionSummary(
  row: MissionRow & { latest: IterationRow | null; pendingProposals: number },
  now: Date,
): MissionSummary {
  return {
    ...toFields(row),
    latestIteration: row.latest && summarise(toIterationView(row.latest, now, null)),
    pendingProposals: row.pendingProposals,
  };
}

function toFields(row: MissionRow): MissionFieldsView {
  const { data } = row;
  const state = row.state ?? textOr(data.state, 'active');
  return {
    id: row.id,
    title: textOr(data.title, ''),
    objective: textOr(data.objective, ''),
    conceptMarkdown: textOr(data.conceptMarkdown, ''),
    inputs: objectsIn(data.inputs),
    cadence: objectOr(data.cadence, { kind: 'manual' }),
    timeZone: textOr(data.timeZone, 'UTC'),
    state,
    replanOn: data.replanOn === 'inputs' ? 'inputs' : null,
    nextRunAt: state === 'active' && row.nextRunAt ? row.nextRunAt.toISOString() : null,
    wanted: row.wanted ?? 0,
    planned: row.planned ?? 0,
    planning: planningOf(row),
    dailyTokens: typeof data.dailyTokens === 'number' ? data.dailyTokens : null,
    tokensToday: row.tokensToday ?? 0,
    held: row.held && row.dueAt ? { ...row.held, until: row.dueAt.toISOString() } : null,
    modelFault: modelFaultOf(row),
    createdAt: row.createdAt?.toISOString() ?? null,
  };
}

function planningOf({ claimed, queued, backingOff, held }: MissionRow): MissionView['planning'] {
  if (held) return 'held';
  if (claimed) return 'planning';
  if (queued) return 'queued';
  return backingOff ? 'retrying' : 'idle';
}

function modelFaultOf({ modelFault, dueAt }: MissionRow): MissionView['modelFault'] {
  const reason = OUTAGES.find((outage) => outage === modelFault?.reason);
  return modelFault && reason ? { ...modelFault, reason, retryAt: dueAt?.toISOString() ?? null } : null;
}

function summarise({ id, overallStatus, startedAt, error }: IterationView) {
  return { id, overallStatus, startedAt, ...present({ error }) };
}
