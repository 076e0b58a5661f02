import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { USER } from '../../src/core/log/actor.ts';
import type { Budget } from '../../src/core/planning/budget.ts';
import type { Planner, PlanSession } from '../../src/core/planning/planner.ts';
import type { Database } from '../../src/database/database.ts';
import { nextDueAt } from '../../src/runner/claim.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { testRunner, write } from '../support/missions.ts';
import { seededRandom } from '../support/seeded-random.ts';

/** What the model was paid for: the provider's own books. */
export interface Ledger {
  recorded: { calls: number; input: number; output: number };
  /** Calls whose runner had lost its claim when the answer came. */
  lost: number;
}

export const CALL = 1_000;
export const MISSIONS = 20;
const BUDGET: Budget = { call: CALL, userCalls: 1e9, userTokens: 1e12, missionTokens: 1e12 };

/**
 * Runners that plan 20 missions of each of these people, and again after each round of edits, some of which come meanwhile.
 * The model answers at once, in this process; now and then the lease of a runner ends while it answers, or before what
 * it answered is written back, so that another takes over.
 */
export async function planAndPay(
  dbs: Database[],
  admin: pg.Pool,
  { seed, users, rounds, lapses }: { seed: number; users: number; rounds: number; lapses: number },
): Promise<Ledger> {
  // Noon, so that no midnight begins the books anew.
  const clock = fakeClock(new Date(new Date().setUTCHours(12, 0, 0, 0)));
  const random = seededRandom(seed);
  const ledger: Ledger = { recorded: { calls: 0, input: 0, output: 0 }, lost: 0 };
  const endLease = (missionId: string) =>
    admin.query('update missions set due_at = $1 where mission_id = $2 and claim_token is not null', [
      clock.now(),
      missionId,
    ]);

  /** An answer of the model; one in ten asks to be asked again. */
  async function ask(session: PlanSession, missionId: string): Promise<string> {
    await session.reserveCall(CALL);
    const inputTokens = Math.floor(random() * 600);
    const outputTokens = Math.floor(random() * 400);
    const answer = random() < 0.1 ? 'again' : 'a plan';
    if (random() < lapses) await endLease(missionId);
    try {
      const call = { model: 'x', request: {}, response: {}, answer, durationMs: 1 };
      await session.recordCall({ ...call, inputTokens, outputTokens });
    } catch (error) {
      ledger.lost += 1;
      throw error;
    }
    ledger.recorded.calls += 1;
    ledger.recorded.input += inputTokens;
    ledger.recorded.output += outputTokens;
    return answer;
  }

  const planner: Planner = {
    model: 'x',
    needsDecidedSteps: false,
    async plan({ mission }, session) {
      const answers = [...session.recordedAnswers];
      while ((answers.shift() ?? (await ask(session, mission.id))) !== 'a plan');
      if (random() < lapses) await endLease(mission.id);
      const words = { rationale: 'because', summary: 'Create a task' };
      const step = { toolName: 'create_task', params: { title: randomUUID() }, ...words };
      return { ok: true, plan: { summary: 'a task', steps: [step] } };
    },
  };
  const runners = dbs.map((db, n) =>
    testRunner({ db, planner, clock, name: `runner ${n}`, maxAttempts: 1_000, budget: BUDGET }),
  );

  const db = dbs[0] as Database;
  for (let round = 0; round < rounds; round++) {
    let isEditing = true;
    const editing = edit(db, users, round, random).finally(() => {
      isEditing = false;
    });
    const sweeping = runners.map(async (runner) => {
      for (let due = 1; due > 0 || isEditing; ) due = (await runner.sweep()).dueMissionCount;
    });
    await Promise.all([editing, ...sweeping]);
    // What was lost when nobody looked any more, and what an error on the way has put off.
    while ((await runners[0]?.sweep())?.dueMissionCount || (await nextDueAt(db))) clock.advance(60_000);
  }
  await Promise.all(runners.map((runner) => runner.stop()));
  return ledger;
}

/** All missions of everybody, in one change each, and then some of them once more. */
async function edit(db: Database, users: number, round: number, random: () => number): Promise<void> {
  const change = (user: number, n: number, objective: string) => ({
    ...{ appId: 'ai', tableName: 'aiMissions', recordId: `m${user}-${n}`, actor: USER },
    ...{ op: round === 0 ? ('insert' as const) : ('update' as const), data: { title: 'Move house', objective } },
  });
  for (let user = 0; user < users; user++) {
    const all = Array.from({ length: MISSIONS }, (_, n) => change(user, n, `in round ${round}`));
    await write(db, `u${user}`, ...all);
    const again = Math.floor(random() * (user + 1));
    await write(db, `u${again}`, change(again, Math.floor(random() * MISSIONS), `again, ${random()}`));
  }
}

/** What the database says of all of it. */
export async function booksOf(admin: pg.Pool) {
  const text = `
    select
      (select count(*)::int from sync_changes where table_name = 'aiIterations' and op = 'insert') as iterations,
      (select count(distinct (user_id, record_id))::int from sync_changes where table_name = 'aiIterations' and op = 'insert') as "differentIterations",
      (select count(*)::int from sync_changes where table_name = 'aiProposals' and op = 'insert') as proposals,
      (select count(*)::int from records where table_name = 'aiProposals' and data ->> 'status' = 'pending') as pending,
      (select count(*)::int from missions where planned = wanted and claim_token is null and queue_at is null and due_at is null and reserved = 0) as settled,
      (select count(*)::int from missions m join records r on r.user_id = m.user_id and r.app_id = 'ai'
         and r.table_name = 'aiIterations' and r.record_id = m.mission_id || '-' || m.wanted and r.data ->> 'overallStatus' = 'planned') as "plannedLast",
      (select count(*)::int from user_heads h where h.position = (select count(*) from sync_changes c where c.user_id = h.user_id)) as "wholeLogs",
      (select count(*)::int from model_calls) as calls,
      (select sum(input_tokens)::int from model_calls) as input,
      (select sum(output_tokens)::int from model_calls) as output,
      (select count(*)::int from (select from model_calls where answer = 'a plan' group by user_id, mission_id, want having count(*) > 1) t) as "paidTwice",
      (select sum(calls)::int from spending) as "chargedCalls",
      (select sum(tokens)::int from spending) as "chargedTokens"`;
  return (await admin.query<Record<string, number>>(text)).rows[0] as Record<string, number>;
}
