import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Budget } from '../../src/core/planning/budget.ts';
import { RUNNER_SESSION, userSession, withUser } from '../../src/database/database.ts';
import { stopPlanning } from '../../src/missions/write-mission.ts';
import {
  type Claim,
  claimMissions,
  recordCall,
  releaseClaim,
  reserveCall,
  resumeRaised,
} from '../../src/runner/claim.ts';
import { onBothEngines } from '../support/engines.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import { AMPLE, iterationsOf, missionRow, planOf, writeMission } from '../support/missions.ts';
import { hold, type ModelServer } from '../support/model-server.ts';
import { runnerWorld } from './runner-world.ts';

const CALL = 100;
const CAPS: Budget = { call: CALL, userCalls: 100, userTokens: 1_000, missionTokens: 300 };
const EXCHANGE = { model: 'x', request: {}, response: {}, answer: null, durationMs: 1 };

onBothEngines((engine) => {
  const world = runnerWorld(engine);
  let user: string;
  let clock: FakeClock;
  let model: ModelServer;
  beforeEach(() => {
    ({ user, model } = world);
    // The caps are for days of UTC: none ends while a test runs.
    clock = fakeClock(new Date(`${new Date().toISOString().slice(0, 10)}T00:00:05Z`));
  });

  async function claims(budget: Partial<Budget> = {}, limit = 10): Promise<Claim[]> {
    const options = { runner: 'x', limit, leaseMs: 30_000, perUser: 10, now: clock.now() };
    const found = await claimMissions(engine().db, { ...options, budget: { ...CAPS, ...budget } });
    return found.filter(({ userId }) => userId === user);
  }

  async function spending() {
    const [row] = await engine().db.run<{ calls: number; tokens: number; reserved: number }>(
      userSession(user),
      sql`select calls::int, tokens::int, (select coalesce(sum(reserved), 0)::int from missions) as reserved from spending`,
    );
    return row;
  }

  async function rowOf(id: string) {
    const [row] = await engine().db.run<{ held: unknown; reserved: number; spent: number }>(
      userSession(user),
      sql`select held, reserved::int, spent_tokens::int as spent from missions where mission_id = ${id}`,
    );
    return { ...(await missionRow(engine().db, user, id)), ...row };
  }

  const settle = (claim: Claim, inputTokens: number | null, outputTokens: number | null) =>
    recordCall(engine().db, claim, { ...EXCHANGE, inputTokens, outputTokens });

  async function claimOne(budget: Partial<Budget> = {}): Promise<Claim> {
    const [claim] = await claims(budget);
    if (!claim || claim.held) throw new Error('nothing was claimed');
    return claim;
  }

  describe('a reservation', () => {
    test('is taken with the claim and settled by what the provider reports', async () => {
      await writeMission(engine().db, user, 'm1');
      const claim = await claimOne();
      expect(await spending()).toEqual({ calls: 0, tokens: 0, reserved: CALL });
      await settle(claim, 30, 12);
      expect(await spending()).toEqual({ calls: 1, tokens: 42, reserved: 0 });
      expect(await rowOf('m1')).toMatchObject({ reserved: 0, spent: 42 });
    });

    test.each([
      ['reports nothing', null, null, CALL],
      ['reports half', 30, null, CALL],
      ['reports that it was free', 0, 0, 0],
      ['reports more than was reserved', 900, 300, 1_200],
    ])('of a provider that %s', async (_, input, output, charged) => {
      await writeMission(engine().db, user, 'm1');
      await settle(await claimOne(), input, output);
      expect(await spending()).toMatchObject({ calls: 1, tokens: charged });
      // What was said counts for whoever comes next.
      await writeMission(engine().db, user, 'm2');
      const found = (await claims()).find(({ missionId }) => missionId === 'm2');
      expect(found?.held ?? null).toEqual(
        charged + CALL > CAPS.userTokens
          ? { cap: 'userTokens', limit: 1_000, spent: charged, reserved: 0, needs: CALL }
          : null,
      );
    });

    test('is given back by an edit before the call, and costs all of it during one', async () => {
      await writeMission(engine().db, user, 'm1');
      await releaseClaim(engine().db, await claimOne(), { isPaid: false });
      expect(await spending()).toEqual({ calls: 0, tokens: 0, reserved: 0 });
      await releaseClaim(engine().db, await claimOne(), {});
      expect(await spending()).toEqual({ calls: 1, tokens: CALL, reserved: 0 });
      expect(await rowOf('m1')).toMatchObject({ spent: CALL });
    });

    test('counts when the person stops the call, once, and what comes of it later is not heard', async () => {
      await writeMission(engine().db, user, 'm1');
      const claim = await claimOne();
      const times = { now: clock.now(), databaseNow: clock.databaseNow() };
      await withUser(engine().db, user, (tx) => stopPlanning(tx, user, 'm1', times));
      expect(await settle(claim, 1, 1)).toBe(false);
      expect(await spending()).toEqual({ calls: 1, tokens: CALL, reserved: 0 });
    });

    test('of a runner that died counts as spent from the lapse on, in every sum, exactly once', async () => {
      await writeMission(engine().db, user, 'm1');
      await claimOne();
      // Paused, it is not claimed anew after its lease has lapsed: another mission sees what it may have cost.
      await writeMission(engine().db, user, 'm1', { state: 'paused' }, 'update');
      await writeMission(engine().db, user, 'm2');
      clock.advance(31_000);
      expect(await claims({ userTokens: 2 * CALL - 1 })).toMatchObject([
        { held: { cap: 'userTokens', limit: 2 * CALL - 1, spent: 0, reserved: CALL, needs: CALL } },
      ]);
      await writeMission(engine().db, user, 'm1', { state: 'active' }, 'update');
      await resumeRaised(engine().db, CAPS);
      const taken = await claims();
      expect(taken.map(({ held }) => held)).toEqual([null, null]);
      expect(await spending()).toEqual({ calls: 1, tokens: CALL, reserved: 2 * CALL });
      for (const claim of taken) await settle(claim, 1, 1);
      expect(await spending()).toEqual({ calls: 3, tokens: CALL + 4, reserved: 0 });
    });

    test('for a larger call takes the place of the first; refused, the claim is given back without an attempt', async () => {
      await writeMission(engine().db, user, 'm1');
      const claim = await claimOne();
      const ask = (tokens: number) => reserveCall(engine().db, claim, tokens, CAPS, clock.now());
      expect(await ask(250)).toBe('reserved');
      expect(await spending()).toMatchObject({ tokens: 0, reserved: 250 });
      expect(await ask(301)).toBe('held');
      expect(await rowOf('m1')).toMatchObject({
        claimed: false,
        attempts: 0,
        reserved: 0,
        held: { cap: 'missionTokens', limit: 300, spent: 0, reserved: 0, needs: 301 },
      });
      expect(await ask(1)).toBe('claim_lost');
    });

    test('is not taken for a planner that calls no model', async () => {
      await writeMission(engine().db, user, 'm1');
      const options = { runner: 'x', limit: 1, leaseMs: 30_000, perUser: 10, now: clock.now(), budget: null };
      expect(await claimMissions(engine().db, options)).toMatchObject([{ missionId: 'm1', held: null }]);
      expect(await spending()).toBeUndefined();
    });
  });

  describe('a mission over a cap', () => {
    test.each<[string, Partial<Budget>]>([
      ['userCalls', { userCalls: 0 }],
      ['userTokens', { userTokens: CALL - 1 }],
      ['missionTokens', { missionTokens: CALL - 1 }],
    ])('of %s is held with its want, until the cap is raised', async (cap, budget) => {
      await writeMission(engine().db, user, 'm1');
      expect(await claims(budget)).toMatchObject([{ missionId: 'm1', held: { cap, spent: 0, reserved: 0 } }]);
      const midnight = new Date(Math.ceil(clock.now().getTime() / 86_400_000) * 86_400_000);
      const held = { wanted: 1, planned: 0, begun: 0, attempts: 0, claimed: false, queued: false, dueAt: midnight };
      expect(await rowOf('m1')).toMatchObject(held);
      expect(await claims(budget)).toEqual([]);
      await resumeRaised(engine().db, { ...CAPS, ...budget });
      expect(await rowOf('m1')).toMatchObject(held);
      await resumeRaised(engine().db, CAPS);
      expect(await claims()).toMatchObject([{ missionId: 'm1', held: null, attempt: 1 }]);
    });

    test('of its own goes on when its person raises that, and only then', async () => {
      await writeMission(engine().db, user, 'm1', { dailyTokens: CALL - 1 });
      const held = { cap: 'ownTokens', limit: CALL - 1, spent: 0, reserved: 0, needs: CALL };
      expect(await claims()).toMatchObject([{ held }]);
      await resumeRaised(engine().db, { ...CAPS, missionTokens: 1e9, userTokens: 1e9 });
      expect(await claims()).toEqual([]);
      await writeMission(engine().db, user, 'm1', { dailyTokens: CALL }, 'update');
      expect(await claims()).toMatchObject([{ held: null, want: 1 }]);
    });

    test('goes on with the next day, by its due time', async () => {
      await writeMission(engine().db, user, 'm1');
      await settle(await claimOne(), 250, 0);
      await writeMission(engine().db, user, 'm1', { title: 'again' }, 'update');
      clock.advance(31_000);
      expect(await claims()).toMatchObject([{ held: { cap: 'missionTokens', spent: 250 } }]);
      const { dueAt } = await rowOf('m1');
      clock.advance((dueAt?.getTime() ?? 0) - clock.now().getTime() - 1);
      expect(await claims()).toEqual([]);
      clock.advance(1);
      expect(await claims()).toMatchObject([{ held: null }]);
      expect(await spending()).toEqual({ calls: 0, tokens: 0, reserved: CALL });
    });

    test('by calls in flight goes on when one of them costs less', async () => {
      await writeMission(engine().db, user, 'm1');
      await writeMission(engine().db, user, 'm2');
      const found = await claims({ userTokens: 150 });
      expect(found.map(({ held }) => held?.reserved ?? null).sort()).toEqual([CALL, null]);
      const first = found.find(({ held }) => !held);
      expect(first && (await settle(first, 20, 30))).toBe(true);
      expect(await claims({ userTokens: 150 })).toMatchObject([{ held: null }]);
    });

    test('is free of it by an edit, a pause and its end, and asked anew', async () => {
      await writeMission(engine().db, user, 'm1');
      await claims({ userCalls: 0 });
      await writeMission(engine().db, user, 'm1', { state: 'paused' }, 'update');
      expect(await rowOf('m1')).toMatchObject({ held: null, dueAt: null, queued: false });
      await writeMission(engine().db, user, 'm1', { state: 'active' }, 'update');
      expect(await claims({ userCalls: 0 })).toMatchObject([{ held: { cap: 'userCalls' } }]);
      await writeMission(engine().db, user, 'm1', { title: 'Other' }, 'update');
      expect(await rowOf('m1')).toMatchObject({ held: null, queued: true });
    });

    test('stands in nobody else’s way', async () => {
      for (let n = 0; n < 12; n++) await writeMission(engine().db, user, `m${n}`);
      const made = world.runner({ clock, budget: { ...AMPLE, userCalls: 1 }, concurrency: 2 });
      model.setDefault(planOf('A'));
      await made.sweep();
      // One call, and each of the others looked at once and held.
      expect(model.requests).toHaveLength(1);
      const rows = await Promise.all(Array.from({ length: 12 }, (_, n) => rowOf(`m${n}`)));
      expect(rows.filter(({ held }) => held !== null)).toHaveLength(11);
      expect(rows.filter(({ planned }) => planned === 1)).toHaveLength(1);
    });
  });

  describe('a runner', () => {
    const bounded = { ...CAPS, call: 40_960, userTokens: 100_000, missionTokens: 100_000 };

    test('sends the limit that it has reserved for, under the other name where a server wants that', async () => {
      model.script(
        {
          status: 400,
          body: { error: { message: "'max_tokens' is not supported. Use 'max_completion_tokens' instead." } },
        },
        planOf('A'),
      );
      await writeMission(engine().db, user, 'm1');
      await world.runner({ clock, budget: bounded }).sweep();
      expect(model.requests.map(({ body }) => body)).toMatchObject([
        { max_tokens: 8_192 },
        { max_completion_tokens: 8_192 },
      ]);
      expect(model.requests[1]?.body).not.toHaveProperty('max_tokens');
      expect(await spending()).toEqual({ calls: 1, tokens: 18, reserved: 0 });
    });

    test('reserves for a prompt that is longer than most before it is sent', async () => {
      const held = hold(planOf('A'));
      model.script(held);
      await writeMission(engine().db, user, 'm1', { conceptMarkdown: 'é€'.repeat(10_000) });
      const swept = world.runner({ clock, budget: bounded }).sweep();
      await model.nextRequest();
      expect((await spending())?.reserved).toBeGreaterThan(50_000 + 8_192);
      held.release();
      await swept;
      expect(await spending()).toEqual({ calls: 1, tokens: 18, reserved: 0 });
    });

    test('holds a mission whose second call does not fit, and plans it whole when it does', async () => {
      model.script({ text: 'no plan' });
      await writeMission(engine().db, user, 'm1');
      const made = world.runner({ clock, budget: { ...bounded, userCalls: 1 } });
      await made.sweep();
      expect(model.requests).toHaveLength(1);
      expect(await iterationsOf(engine().db, user)).toEqual([]);
      expect(await rowOf('m1')).toMatchObject({ held: { cap: 'userCalls', limit: 1, spent: 1 }, attempts: 0 });
      model.script(planOf('A'));
      await world.runner({ clock, budget: bounded }).sweep();
      expect(await iterationsOf(engine().db, user)).toMatchObject([{ data: { overallStatus: 'planned' } }]);
    });

    test('pays for calls that fail: what timed out may have cost all of it, an error costs nothing', async () => {
      model.script({ status: 500 });
      await writeMission(engine().db, user, 'm1');
      await world.runner({ clock, budget: bounded }).sweep();
      expect(await spending()).toEqual({ calls: 1, tokens: 0, reserved: 0 });
      model.script({ truncated: 'x'.repeat(10_000) });
      clock.advance(11 * 60_000);
      await world.runner({ clock, budget: bounded }).sweep();
      expect(await spending()).toEqual({ calls: 2, tokens: 40_960, reserved: 0 });
    });
  });

  test('nobody but the runner may reserve, and a person sees only their own spending', async () => {
    await writeMission(engine().db, user, 'm1');
    await claimOne();
    const rows = await engine().db.run(userSession('somebody else'), sql`select * from spending`);
    expect(rows).toEqual([]);
    const reserve = sql`select reserve_call(${user}, 'm1', gen_random_uuid(), 1, '{}')`;
    await expect(engine().db.run(userSession(user), reserve)).rejects.toThrow(/permission denied|Failed query/);
    await expect(engine().db.run(RUNNER_SESSION, sql`select * from spending`)).rejects.toThrow();
  });
});
