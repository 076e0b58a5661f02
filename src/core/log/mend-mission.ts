import { isSameJson, type Json, type JsonObject } from '../json.ts';
import type { MissionRow } from './mission-row.ts';

/** A row of `missions` as JSON, by the names of its columns; those not named here are kept as they are. */
export interface HeldMission extends JsonObject {
  state: string;
  cadence: Json;
  time_zone: string | null;
  deleted_at: string | null;
  replan_on: string | null;
  wanted: number;
  wanted_at: string | null;
  begun: number;
  planned: number;
  next_run_at: string | null;
  claim_token: string | null;
  runner: string | null;
  attempts: number;
  queue_at: string | null;
  due_at: string | null;
}

/** The next run is worked out by the clock of whoever planned, and held against that of the database. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/**
 * A mission's row as it must be. What follows from the records (`expected`) is theirs; of the runs, which the log knows only in
 * part (it has no wants of the cadence, and no claims), everything stays that the log does not contradict and that is one
 * of the situations of db/schema.ts. A row that is missing (`held` is undefined) is made anew.
 *
 * It plans nothing that was not wanted: a mission that was idle stays idle.
 */
export function mendMission(held: HeldMission | undefined, expected: MissionRow, now: Date): HeldMission {
  const { planned } = expected;
  const isPlannable = expected.state === 'active' && expected.deletedAt === null;
  const follows = {
    state: sameText(held?.state, expected.state) ?? expected.state,
    cadence: expected.cadence ?? null,
    time_zone: sameText(held?.time_zone, expected.timeZone),
    deleted_at: sameInstant(held?.deleted_at, expected.deletedAt),
    replan_on: sameText(held?.replan_on, expected.replanOn),
    planned,
  };
  if (!held) return { ...newRow(expected, now), ...follows };

  const next_run_at = nextRunOf(held, expected);
  const wanted = wantedOf(held, expected);
  const row = {
    ...held,
    ...follows,
    wanted,
    begun: Math.min(Math.max(held.begun, planned), wanted),
    runner: held.claim_token === null ? null : held.runner,
  };
  if (!isPlannable) return { ...row, queue_at: null, due_at: held.claim_token === null ? null : held.due_at };
  if (wanted === planned) {
    return { ...row, next_run_at, claim_token: null, runner: null, queue_at: null, due_at: next_run_at };
  }
  if (held.claim_token !== null) return { ...row, queue_at: null, due_at: held.due_at ?? now.toISOString() };
  if (held.queue_at !== null) return { ...row, due_at: null };
  if (held.due_at !== null) return row;
  return { ...row, queue_at: now.toISOString() };
}

/** The newest want: as it is held, unless it cannot be, or nothing is on its way to it and the log knows of none. */
function wantedOf(held: HeldMission, { planned, isQueued, state, deletedAt }: MissionRow): number {
  const isUnderWay = held.claim_token !== null || held.queue_at !== null;
  const wanted = Math.max(held.wanted, planned + Number(isUnderWay && isQueued));
  const isBackingOff = held.due_at !== null && held.due_at !== held.next_run_at;
  const isActive = state === 'active' && deletedAt === null;
  if (!isActive || isUnderWay || isQueued) return wanted;
  return held.wanted > held.planned && isBackingOff ? wanted : planned;
}

/** When the cadence comes next: as it is held, which the log does not tell, unless the cadence comes before that. */
function nextRunOf({ next_run_at }: HeldMission, { nextRunAt }: MissionRow): string | null {
  const isLater =
    next_run_at !== null && nextRunAt !== null && Date.parse(next_run_at) > nextRunAt.getTime() + CLOCKS_DIFFER_MS;
  return isLater ? toText(nextRunAt) : (next_run_at ?? toText(nextRunAt));
}

function newRow({ wanted, planned, wantedAt, nextRunAt, isQueued }: MissionRow, now: Date) {
  return {
    wanted,
    wanted_at: toText(wantedAt),
    begun: planned,
    next_run_at: toText(nextRunAt),
    claim_token: null,
    runner: null,
    attempts: 0,
    queue_at: isQueued ? now.toISOString() : null,
    due_at: toText(nextRunAt),
  };
}

/** The text as it is held, where that says the same: `->>` writes what is no text in a way of its own. */
function sameText(held: string | null | undefined, expected: string | null): string | null {
  const isSame = typeof held === 'string' && expected !== null && isSameJson(parsed(held), parsed(expected));
  return isSame ? held : expected;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function sameInstant(held: string | null | undefined, expected: string | null): string | null {
  return typeof held === 'string' && expected !== null && Date.parse(held) === Date.parse(expected) ? held : expected;
}

function toText(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}
