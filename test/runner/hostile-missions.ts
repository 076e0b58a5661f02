import { sql } from 'drizzle-orm';
import type { JsonObject } from '../../src/core/json.ts';
import { USER } from '../../src/core/log/actor.ts';
import type { Planner } from '../../src/core/planning/planner.ts';
import { type Database, userSession, withUser } from '../../src/database/database.ts';
import { decideProposal } from '../../src/decisions/decide-proposal.ts';
import { undoChanges } from '../../src/log/undo/undo-changes.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { iterationsOf, testRunner, write, writeMission } from '../support/missions.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { drawInputs, drawMissionEdit, drawSteps, hostileRegistry, MISSIONS, NOTES, pick } from './hostile-tool.ts';

/** What a person does once in a history, all of which is approved that comes of it. */
const ACTS = 6;

/**
 * Of what begins with one act of the person, plans at most: each mission of four is woken once by the act itself, and by
 * each way through the others on which none comes twice.
 */
const PLANS_OF_AN_ACT = 4 + 4 * 3 + 4 * 3 * 2 + 4 * 3 * 2 * 1;

/**
 * Behind what is approved in each round stands a mission more than in the one before, of four at most; in the last round
 * there is nothing left to approve.
 */
const ROUNDS = MISSIONS.length + 1;

export interface HostileHistory {
  plans: number;
  /** The longest chain: how many missions' effects led to a plan. */
  depth: number;
  /** How what the AI wrote woke missions without an end; null: it did not. */
  broken: string | null;
}

/**
 * Four missions whose plans do what they can to be planned again: they change what they, and the others, are planned from,
 * and a person approves all of it, where it does not run at once. Each history is of a user of its own.
 */
export async function playHostileMissions(db: Database, seed: number): Promise<HostileHistory> {
  const random = seededRandom(seed);
  const user = `hostile-${seed}`;
  const clock = fakeClock();
  /** Of the act at hand. */
  let calls = 0;
  const planner: Planner = {
    model: 'hostile',
    needsDecidedSteps: false,
    async plan() {
      calls += 1;
      // Enough to be found out, also where a plan is not recorded since its mission was woken meanwhile: so the test ends.
      const steps = calls > 3 * PLANS_OF_AN_ACT ? [] : drawSteps(random);
      return { ok: true, plan: { summary: 'wakes whom it can', steps } };
    },
  };
  const runner = testRunner({ db, planner, clock, registry: hostileRegistry, budget: null });
  const history: HostileHistory = { plans: 0, depth: 0, broken: null };
  const isAuto = random() < 0.6;
  await begin(db, user, random, isAuto);
  for (let act = 0; act <= ACTS && !history.broken; act++) {
    if (act > 0) await actAsPerson();
    calls = 0;
    let rounds = 0;
    do {
      rounds += 1;
      await runner.sweep();
    } while ((await approveAll(db, user, clock.now())) > 0 && rounds <= ROUNDS);
    history.broken = await whyEndless(rounds);
  }
  await runner.stop();
  return history;

  async function actAsPerson(): Promise<void> {
    const kind = random();
    if (kind < 0.4) {
      const data = { contentMarkdown: `by the person: ${random()}` };
      await write(db, user, noteChange(pick(random, NOTES), 'update', data));
    } else if (kind < 0.6) await writeMission(db, user, pick(random, MISSIONS), drawMissionEdit(random), 'update');
    else if (kind < 0.7) clock.advance(86_400_000);
    else {
      const { id } = pick(random, await iterationsOf(db, user));
      if (kind < 0.8) {
        const feedback = { feedback: `more of it: ${random()}` };
        const change = { appId: 'ai', tableName: 'aiIterations', recordId: id, op: 'update', data: feedback } as const;
        await write(db, user, { ...change, actor: USER });
      } else {
        const options = { userId: user, registry: hostileRegistry, now: clock.now(), dryRun: false };
        await withUser(db, user, (tx) => undoChanges(tx, { kind: 'iteration', id }, options));
      }
    }
  }

  async function whyEndless(rounds: number): Promise<string | null> {
    const iterations = await iterationsOf(db, user);
    const ofAct = iterations.length - history.plans;
    history.plans = iterations.length;
    for (const { id, data } of iterations) {
      const causes = data.causedBy as string[];
      history.depth = Math.max(history.depth, causes.length);
      if (causes.includes(String(data.missionId))) return `${id} was caused by its own mission`;
    }
    if (ofAct > PLANS_OF_AN_ACT) return `${ofAct} plans of one act`;
    if (rounds > ROUNDS) return `missions are woken yet after ${rounds} rounds of approvals`;
    return null;
  }
}

async function begin(db: Database, user: string, random: () => number, isAuto: boolean): Promise<void> {
  const policy = isAuto ? 'auto' : 'propose';
  const settings = { append_to_note: policy, edit_mission: policy };
  const change = { appId: 'ai', tableName: 'aiPolicy', recordId: 'policy', op: 'insert', actor: USER } as const;
  await write(
    db,
    user,
    { ...change, data: settings },
    ...NOTES.map((id) => noteChange(id, 'insert', { title: id, contentMarkdown: '' })),
  );
  for (const id of MISSIONS) {
    const cadence: JsonObject = random() < 0.3 ? { kind: 'interval', everyMinutes: 600 } : { kind: 'manual' };
    await writeMission(db, user, id, { title: id, replanOn: 'inputs', inputs: drawInputs(random), cadence });
  }
}

function noteChange(id: string, op: 'insert' | 'update', data: JsonObject) {
  return { appId: 'notes', tableName: 'notes', recordId: id, op, data, actor: USER };
}

/** Approves what is pending; returns how many proposals were. */
async function approveAll(db: Database, user: string, now: Date): Promise<number> {
  const pending = await db.run<{ id: string }>(
    userSession(user),
    sql`select record_id as id from records
        where table_name = 'aiProposals' and data ->> 'status' = 'pending' order by first_position`,
  );
  let approved = 0;
  for (const { id } of pending) {
    const deps = { registry: hostileRegistry, userId: user, now };
    const outcome = await withUser(db, user, (tx) => decideProposal(tx, deps, id, { decision: 'approve' }));
    if (outcome.ok) approved += 1;
  }
  return approved;
}
