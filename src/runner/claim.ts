import { sql } from 'drizzle-orm';
import type { JsonObject } from '../core/json.ts';
import type { Budget, Held } from '../core/planning/budget.ts';
import type { ModelCall } from '../core/planning/planner.ts';
import { type Database, RUNNER_SESSION } from '../database/database.ts';
import { jsonb } from '../database/statement.ts';

/** A mission that this runner may plan, for as long as it extends the lease, with all that planning needs. */
export interface Claim {
  userId: string;
  missionId: string;
  want: number;
  token: string;
  /** 1 for the first attempt at this want. */
  attempt: number;
  /** Since the want was raised, in milliseconds. */
  waitedMs: number | null;
  /** The position of the log that the rest of this was read at. */
  position: number;
  mission: JsonObject;
  iterations: { id: string; data: JsonObject; proposals: { id: string; data: JsonObject }[] }[];
  inputs: { appId: string | null; table: string | null; id: string | null; data: JsonObject | null }[];
  policy: JsonObject;
  /** Answers of the model to this want that an earlier claim stored. */
  answers: string[];
  /** The missions whose effects led, step by step, to this want. */
  causes: string[];
  /** Not null: it was not claimed but is held, and nothing else is told of it. */
  held: Held | null;
}

export interface ClaimOptions {
  runner: string;
  limit: number;
  leaseMs: number;
  perUser: number;
  now: Date | null;
  /** The caps, of which one call is reserved with the claim; null: the planner calls no model. */
  budget: Budget | null;
}

export function claimMissions(db: Database, options: ClaimOptions): Promise<Claim[]> {
  return db.run<Claim>(
    RUNNER_SESSION,
    sql`select user_id as "userId", mission_id as "missionId", want, claim_token as token, attempt, waited_ms as "waitedMs", "position", mission,
               iterations, inputs, policy, answers, causes, held
        from claim_missions(${options.runner}, ${options.limit}, ${interval(options.leaseMs)}, ${options.perUser}, ${options.now},
                            ${options.budget && jsonb(options.budget)})`,
  );
}

/** Extends the leases of claims; returns the tokens of those that still stand. */
export async function extendClaims(db: Database, tokens: string[], leaseMs: number, now: Date | null) {
  const rows = await db.run<{ token: string }>(
    RUNNER_SESSION,
    sql`select extend_claims as token from extend_claims(
          array(select jsonb_array_elements_text(${jsonb(tokens)})::uuid), ${interval(leaseMs)}, ${now})`,
  );
  return new Set(rows.map(({ token }) => token));
}

/** Hands a claim back; see release_claim in db/functions. */
export async function releaseClaim(
  db: Database,
  claim: Claim,
  {
    retryAt = null,
    forgetAttempt = false,
    isPaid = true,
  }: { retryAt?: Date | null; forgetAttempt?: boolean; isPaid?: boolean },
): Promise<void> {
  await db.run(
    RUNNER_SESSION,
    sql`select release_claim(${claim.userId}, ${claim.missionId}, ${claim.token}, ${retryAt}, ${forgetAttempt}, ${isPaid})`,
  );
}

/** Reserves for another or a larger call; see reserve_call in db/functions. */
export async function reserveCall(db: Database, claim: Claim, tokens: number, budget: Budget, now: Date | null) {
  const [row] = await db.run<{ outcome: 'reserved' | 'held' | 'claim_lost' }>(
    RUNNER_SESSION,
    sql`select reserve_call(${claim.userId}, ${claim.missionId}, ${claim.token}, ${tokens}, ${jsonb(budget)}, ${now}) as outcome`,
  );
  return row?.outcome ?? 'claim_lost';
}

/** Puts back into the queue what a cap no longer holds; see resume_raised in db/functions. */
export async function resumeRaised(db: Database, budget: Budget): Promise<void> {
  await db.run(RUNNER_SESSION, sql`select resume_raised(${jsonb(budget)})`);
}

/** Stores an exchange with the model; false when the claim was lost. */
export async function recordCall(db: Database, claim: Claim, call: ModelCall): Promise<boolean> {
  const [row] = await db.run<{ stored: boolean }>(
    RUNNER_SESSION,
    sql`select record_call(${claim.userId}, ${claim.missionId}, ${claim.token}, ${jsonb(call)}) as stored`,
  );
  return row?.stored ?? false;
}

/** Closes a want of which not even the failure can be recorded; see close_want in db/functions. */
export async function closeWant(db: Database, claim: Claim, nextRunAt: Date | null): Promise<void> {
  await db.run(
    RUNNER_SESSION,
    sql`select close_want(${claim.userId}, ${claim.missionId}, ${claim.token}, ${nextRunAt})`,
  );
}

/** When something falls due next; null when nothing is scheduled. */
export async function nextDueAt(db: Database): Promise<Date | null> {
  const [row] = await db.run<{ at: Date | null }>(RUNNER_SESSION, sql`select next_due_at() as at`);
  return row?.at ?? null;
}

function interval(ms: number) {
  return sql`make_interval(secs => ${ms / 1000}::float8)`;
}
