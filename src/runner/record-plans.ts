import { sql } from 'drizzle-orm';
import type { Change } from '../core/log/change.ts';
import { type Database, RUNNER_SESSION, type Transaction } from '../database/database.ts';
import { jsonb } from '../database/statement.ts';
import type { Claim } from './claim.ts';

/** What is written back for a claim: a plan, or that there is none. */
export interface WriteBack {
  claim: Pick<Claim, 'userId' | 'missionId' | 'token'>;
  changes: Change[];
  /** A failed attempt supersedes nothing: it has no newer plan to offer. */
  failed: boolean;
  nextRunAt: Date | null;
}

export type Recorded = 'recorded' | 'claim_lost' | 'mission_edited';

/**
 * Writes back in one transaction and one round trip, each while its claim still holds; see record_plans in db/functions.
 * It waits for a user's log only where all are of that one user: of several, those whose log is locked are `log_locked`,
 * and nothing of them is written.
 */
export async function recordPlans(
  db: Database | Transaction,
  written: readonly WriteBack[],
  now: Date | null,
): Promise<(Recorded | 'log_locked')[]> {
  const byUser = groupByUser(written);
  const plans = [...byUser].map(([userId, ofUser]) => ({ userId, plans: ofUser.map(plainOf) }));
  const statement = sql`
    select w ->> 'userId' as "userId", record_plans(w ->> 'userId', w -> 'plans', ${plans.length === 1}, ${now}) as outcomes
    from jsonb_array_elements(${jsonb(plans)}) w`;
  const rows = await ('run' in db ? db.run<Row>(RUNNER_SESSION, statement) : db.query<Row>(statement));

  const outcomes = new Map<WriteBack, Row['outcomes'][number] | undefined>();
  for (const row of rows) {
    for (const [index, plan] of (byUser.get(row.userId) ?? []).entries()) outcomes.set(plan, row.outcomes[index]);
    if (row.outcomes.includes('recorded')) db.announce(row.userId);
  }
  return written.map((plan) => outcomes.get(plan) ?? 'claim_lost');
}

/** Writes back one, and waits for its user's log. */
export async function recordPlan(db: Database | Transaction, written: WriteBack, now: Date | null): Promise<Recorded> {
  const [outcome] = await recordPlans(db, [written], now);
  return outcome as Recorded;
}

export function groupByUser<T extends Pick<WriteBack, 'claim'>>(written: readonly T[]): Map<string, T[]> {
  const byUser = new Map<string, T[]>();
  for (const one of written) {
    const ofUser = byUser.get(one.claim.userId);
    if (ofUser) ofUser.push(one);
    else byUser.set(one.claim.userId, [one]);
  }
  return byUser;
}

interface Row {
  userId: string;
  outcomes: (Recorded | 'log_locked')[];
}

function plainOf({ claim, changes, failed, nextRunAt }: WriteBack) {
  return { missionId: claim.missionId, token: claim.token, changes, failed, nextRunAt };
}
