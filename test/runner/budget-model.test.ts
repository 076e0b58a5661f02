// The budget as a pure model: its laws over many random histories, and the database's functions step by step beside it.
// SEED=<n> repeats a run.
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Budget } from '../../src/core/planning/budget.ts';
import { userSession } from '../../src/database/database.ts';
import { type Claim, claimMissions, recordCall, releaseClaim, reserveCall } from '../../src/runner/claim.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { writeMission } from '../support/missions.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { type BudgetModel, createBudgetModel } from './budget-model.ts';

const SEED = Number(process.env.SEED ?? 20_261_123);
const BUDGET: Budget = { call: 100, userCalls: 12, userTokens: 1_000, missionTokens: 450 };
const MISSIONS = 6;

type Step =
  | { kind: 'claim'; mission: number }
  | { kind: 'reserve'; mission: number; tokens: number }
  | { kind: 'settle'; mission: number; share: number | null }
  | { kind: 'release'; mission: number; isPaid: boolean }
  | { kind: 'lapse'; mission: number }
  | { kind: 'nextDay' };

function randomStep(random: () => number): Step {
  const mission = Math.floor(random() * MISSIONS);
  const what = random();
  if (what < 0.4) return { kind: 'claim', mission };
  if (what < 0.55) return { kind: 'reserve', mission, tokens: 1 + Math.floor(random() * 250) };
  if (what < 0.8) return { kind: 'settle', mission, share: random() < 0.25 ? null : random() };
  if (what < 0.9) return { kind: 'release', mission, isPaid: random() < 0.5 };
  if (what < 0.98) return { kind: 'lapse', mission };
  return { kind: 'nextDay' };
}

/** The usage that an honest provider reports: at most what was reserved. */
function usage(model: BudgetModel, step: Extract<Step, { kind: 'settle' }>): number | null {
  return step.share === null ? null : Math.floor(step.share * model.missionTotals(step.mission).reserved);
}

function apply(model: BudgetModel, step: Step): unknown {
  if (step.kind === 'claim') return model.claim(step.mission);
  if (step.kind === 'reserve') return model.reserve(step.mission, step.tokens);
  // Without a reservation no call is made, so nothing is settled.
  if (step.kind === 'settle')
    return model.missionTotals(step.mission).reserved > 0 && model.settle(step.mission, usage(model, step));
  if (step.kind === 'release') return model.release(step.mission, step.isPaid);
  if (step.kind === 'lapse') return model.lapse(step.mission);
  return model.nextDay();
}

function isWithinCaps(model: BudgetModel): boolean {
  const { calls, tokens, reservedCalls, reserved } = model.userTotals();
  const missions = Array.from({ length: MISSIONS }, (_, mission) => model.missionTotals(mission));
  return (
    calls + reservedCalls <= BUDGET.userCalls &&
    tokens + reserved <= BUDGET.userTokens &&
    missions.every((totals) => totals.spent + totals.reserved <= BUDGET.missionTokens)
  );
}

/** The number of the first step after which a cap is exceeded; null when none is. */
function firstBreach(model: BudgetModel, seed: number, steps: number): number | null {
  const random = seededRandom(seed);
  for (let step = 0; step < steps; step++) {
    apply(model, randomStep(random));
    if (!isWithinCaps(model)) return step;
  }
  return null;
}

describe('the model', () => {
  test('spent and reserved stay within every cap, over 2,000 histories of 100 steps', () => {
    for (let history = 0; history < 2_000; history++) {
      const seed = SEED + history;
      expect(firstBreach(createBudgetModel(BUDGET, MISSIONS), seed, 100), `SEED=${seed}`).toBeNull();
    }
  });

  test('negative control: one that does not look at what others have reserved is caught', () => {
    const breaches = Array.from({ length: 100 }, (_, n) =>
      firstBreach(createBudgetModel(BUDGET, MISSIONS, false), SEED + n, 100),
    );
    expect(breaches.some((breach) => breach !== null)).toBe(true);
  });

  test('a provider that reports more is taken at its word, and nothing is reserved after that', () => {
    const model = createBudgetModel(BUDGET, MISSIONS);
    expect(model.claim(0)).toBe('reserved');
    model.settle(0, 5_000);
    expect(model.userTotals()).toMatchObject({ tokens: 5_000, reserved: 0 });
    expect(model.claim(1)).toBe('userTokens');
    model.nextDay();
    expect(model.claim(1)).toBe('reserved');
  });
});

describe('the database', () => {
  let engine: TestEngine;
  let superuser: pg.Client;
  beforeAll(async () => {
    engine = await openTestPostgres();
    const url = new URL(inject('postgresUrl'));
    url.pathname = new URL(engine.url).pathname;
    superuser = new pg.Client({ connectionString: url.href });
    await superuser.connect();
  });
  afterAll(async () => {
    await superuser.end();
    await engine.close();
  });

  test('does what the model does, step by step, lapses and days included', async () => {
    const { db } = engine;
    const random = seededRandom(SEED);
    const model = createBudgetModel(BUDGET, MISSIONS);
    const claims = new Map<number, Claim>();
    for (let n = 0; n < MISSIONS; n++) await writeMission(db, 'u', `m${n}`);
    let now = new Date(Math.ceil(Date.now() / 86_400_000 + 1) * 86_400_000);
    const trace: string[] = [];
    const seen = () => `SEED=${SEED} after ${trace.slice(-8).join(', ')}`;

    /** Only this mission can be claimed: the model has no queue. */
    const only = async (mission: number) => {
      await admin(
        `update missions set held = null, queue_at = null,
           due_at = case when claim_token is not null then due_at end where mission_id <> 'm${mission}'`,
      );
      await admin(
        `update missions set held = null, due_at = case when claim_token is not null then due_at end,
           queue_at = case when claim_token is null then 'epoch'::timestamptz end, lapses = 0
         where mission_id = 'm${mission}'`,
      );
    };
    const admin = (text: string) => superuser.query(text);

    for (let count = 0; count < 400; count++) {
      const step = randomStep(random);
      trace.push(JSON.stringify(step));
      const tokens = step.kind === 'settle' ? usage(model, step) : null;
      const expected = apply(model, step);
      if (step.kind === 'nextDay') {
        now = new Date(now.getTime() + 86_400_000);
      } else if (step.kind === 'claim') {
        await only(step.mission);
        const options = { runner: 'x', limit: 1, leaseMs: 1e11, perUser: 100, now, budget: BUDGET };
        const [claim] = await claimMissions(db, options);
        expect(claim ? (claim.held?.cap ?? 'reserved') : 'claimed already', seen()).toBe(expected);
        if (claim && !claim.held) claims.set(step.mission, claim);
      } else {
        const claim = claims.get(step.mission);
        if (!claim) continue;
        if (step.kind === 'reserve') {
          const outcome = await reserveCall(db, claim, step.tokens, BUDGET, now);
          expect(outcome, seen()).toBe(expected === 'reserved' || expected === 'claim_lost' ? expected : 'held');
        }
        if (step.kind === 'settle' && expected) {
          const call = { model: 'x', request: {}, response: {}, answer: null, durationMs: 1 };
          await recordCall(db, claim, { ...call, inputTokens: tokens, outputTokens: tokens === null ? null : 0 });
        }
        if (step.kind === 'release') await releaseClaim(db, claim, { isPaid: step.isPaid });
        if (step.kind === 'lapse') {
          await admin(`update missions set claim_token = null, due_at = null where mission_id = 'm${step.mission}'`);
        }
      }
      const [totals] = await db.run<Record<string, number>>(
        userSession('u'),
        sql`select coalesce((select calls::int from spending where day = ${now.toISOString().slice(0, 10)}::date), 0) as calls,
                   coalesce((select tokens::int from spending where day = ${now.toISOString().slice(0, 10)}::date), 0) as tokens,
                   count(*) filter (where reserved > 0 and (claim_token is not null or spent_on = ${now.toISOString().slice(0, 10)}::date))::int as "reservedCalls",
                   coalesce(sum(reserved) filter (where claim_token is not null or spent_on = ${now.toISOString().slice(0, 10)}::date), 0)::int as reserved
            from missions`,
      );
      expect(totals, seen()).toEqual(model.userTotals());
    }
  }, 120_000);
});
