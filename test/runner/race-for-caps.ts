import { expect } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import type { Budget } from '../../src/core/planning/budget.ts';
import type { Database } from '../../src/database/database.ts';
import { type Claim, claimMissions, recordCall, releaseClaim, reserveCall } from '../../src/runner/claim.ts';
import { write } from '../support/missions.ts';
import { seededRandom } from '../support/seeded-random.ts';

export interface Race {
  /** How often a cap was asked for a call, and how often it had none left. */
  asked: number;
  held: number;
  /** What the runners know that each person was charged. */
  ledger: Map<string, { calls: number; tokens: number }>;
}

/** People whose caps are raced for at the same time: fewer than runners, so that these meet. */
const TOGETHER = 3;
const MISSIONS = 8;
const LEASE_MS = 600_000;

/**
 * A runner on each connection: all claim, settle, ask again, give back and die until the caps leave nothing to do, for
 * three people and then for the next three, until caps were asked so many times. The caps of `budget` are to be worth a
 * few calls, so that hardly any is asked that is not nearly used up.
 */
export async function raceForCaps(
  runners: Database[],
  { seed, budget, races }: { seed: number; budget: Budget; races: number },
): Promise<Race> {
  const race: Race = { asked: 0, held: 0, ledger: new Map() };
  const randoms = runners.map((_, index) => seededRandom(seed + index));
  // One instant, so that no midnight begins the books anew.
  const now = new Date();
  for (let person = 0; race.asked < races; person += TOGETHER) {
    for (let n = 0; n < TOGETHER; n++) {
      race.ledger.set(`u${person + n}`, { calls: 0, tokens: 0 });
      await write(runners[0] as Database, `u${person + n}`, ...newMissions());
    }
    await Promise.all(
      runners.map((db, index) => runUntilHeld(db, randoms[index] as () => number, { race, budget, now })),
    );
  }
  return race;
}

function newMissions() {
  return Array.from({ length: MISSIONS }, (_, n) => ({
    ...{ appId: 'ai', tableName: 'aiMissions', recordId: `m${n}`, op: 'insert' as const, actor: USER },
    data: { title: 'Move house', objective: 'Find a flat' },
  }));
}

async function runUntilHeld(
  db: Database,
  random: () => number,
  { race, budget, now }: { race: Race; budget: Budget; now: Date },
): Promise<void> {
  const charge = (claim: Claim, tokens: number) => {
    const charged = race.ledger.get(claim.userId);
    if (!charged) throw new Error('nobody');
    charged.calls += 1;
    charged.tokens += tokens;
  };
  const settle = async (claim: Claim, reserved: number) => {
    const silent = random() < 0.2;
    const tokens = Math.floor(random() * (reserved + 1));
    const usage = silent ? { inputTokens: null, outputTokens: null } : { inputTokens: tokens, outputTokens: 0 };
    const exchange = { model: 'x', request: {}, response: {}, answer: null, durationMs: 1, ...usage };
    expect(await recordCall(db, claim, exchange)).toBe(true);
    charge(claim, silent ? reserved : tokens);
  };

  for (let idle = 0; idle < 2; ) {
    const limit = 1 + Math.floor(random() * 4);
    // One that dies is given a lease that is over at once: whoever looks next takes over.
    const dies = random() < 0.1;
    const options = { runner: 'x', limit, leaseMs: dies ? 0 : LEASE_MS, perUser: 100, now, budget };
    const claims = await claimMissions(db, options);
    race.asked += claims.length;
    race.held += claims.filter(({ held }) => held).length;
    idle = claims.length === 0 ? idle + 1 : 0;
    if (dies) continue;
    for (const claim of claims.filter(({ held }) => !held)) {
      const what = random();
      if (what < 0.1) {
        charge(claim, budget.call);
        await releaseClaim(db, claim, {});
        continue;
      }
      if (what < 0.5) await settle(claim, budget.call);
      if (what > 0.4) {
        const tokens = 1 + Math.floor(random() * 3 * budget.call);
        const outcome = await reserveCall(db, claim, tokens, budget, now);
        expect(outcome).not.toBe('claim_lost');
        race.asked += 1;
        if (outcome === 'held') race.held += 1;
        if (outcome === 'held') continue;
        if (random() < 0.5) await settle(claim, tokens);
      }
      await releaseClaim(db, claim, { isPaid: false });
    }
  }
}
