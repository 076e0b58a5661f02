import { beforeEach, describe, expect, test } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import type { Planner } from '../../src/core/planning/planner.ts';
import { type Claim, claimMissions } from '../../src/runner/claim.ts';
import { recordPlan } from '../../src/runner/record-plans.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import {
  iterationsOf,
  missionRow,
  planOf,
  scriptedPlanner,
  testRunner,
  write,
  writeMission,
} from '../support/missions.ts';
import { hold, type ModelServer } from '../support/model-server.ts';
import { until } from '../support/until.ts';
import { runnerWorld } from './runner-world.ts';

onBothEngines((engine) => {
  const world = runnerWorld(engine);
  const { runner } = world;
  let model: ModelServer;
  let clock: FakeClock;
  let user: string;
  beforeEach(() => {
    ({ model, clock, user } = world);
  });
  const nothing = (claim: Claim) => ({ claim, changes: [], failed: false, nextRunAt: null });

  describe('the cadence', () => {
    test('plans again when it comes due, once for a run that was missed', async () => {
      model.setDefault(planOf('A'));
      await writeMission(engine().db, user, 'm1', { cadence: { kind: 'interval', everyMinutes: 60 } });
      const made = runner();
      await made.sweep();
      clock.advance(59 * 60_000);
      expect(await made.sweep()).toMatchObject({ dueMissionCount: 0 });
      clock.advance(26 * 60 * 60_000);
      expect(await made.sweep()).toMatchObject({ dueMissionCount: 1 });
      expect(await made.sweep()).toMatchObject({ dueMissionCount: 0 });
      expect(await iterationsOf(engine().db, user)).toMatchObject([{ id: 'm1-1' }, { id: 'm1-2' }]);
    });

    test('its due time wakes the runner by a timer', async () => {
      model.setDefault(planOf('A'));
      await writeMission(engine().db, user, 'm1', { cadence: { kind: 'interval', everyMinutes: 60 } });
      const made = runner({ sweepMs: 10 * 86_400_000 });
      await made.start();
      await model.nextRequest();
      await made.sweep();
      clock.advance(61 * 60_000);
      await model.nextRequest();
      await made.sweep();
      expect(await iterationsOf(engine().db, user)).toHaveLength(2);
    });

    test('goes on after a failed iteration', async () => {
      model.setDefault({ text: 'I cannot' });
      await writeMission(engine().db, user, 'm1', { cadence: { kind: 'interval', everyMinutes: 60 } });
      await runner().sweep();
      expect(await missionRow(engine().db, user, 'm1')).toMatchObject({
        planned: 1,
        nextRunAt: new Date(clock.now().getTime() + 3_600_000),
      });
    });
  });

  describe('a claim', () => {
    const options = { runner: 'x', limit: 10, leaseMs: 30_000, perUser: 10, budget: null };

    test('that lapsed cannot write, whether or not another has taken it', async () => {
      await writeMission(engine().db, user, 'm1');
      const [lapsed] = await claimMissions(engine().db, { ...options, now: clock.now() });
      clock.advance(31_000);
      expect(lapsed && (await recordPlan(engine().db, nothing(lapsed), clock.now()))).toBe('claim_lost');
      const [taken] = await claimMissions(engine().db, { ...options, now: clock.now() });
      expect(taken).toMatchObject({ missionId: 'm1', want: 1, attempt: 2 });
      expect(lapsed && (await recordPlan(engine().db, nothing(lapsed), clock.now()))).toBe('claim_lost');
      expect(taken && (await recordPlan(engine().db, nothing(taken), clock.now()))).toBe('recorded');
      expect(taken && (await recordPlan(engine().db, nothing(taken), clock.now()))).toBe('claim_lost');
    });

    test('is kept by the heartbeat while the model thinks', async () => {
      const reply = hold(planOf('A'));
      model.script(reply);
      await writeMission(engine().db, user, 'm1');
      const made = runner();
      const sweep = made.sweep();
      await model.nextRequest();
      const leaseBefore = (await missionRow(engine().db, user, 'm1')).dueAt;
      // Second by second: a heartbeat passes over a row that another statement has locked, and the next one extends it.
      let seconds = 0;
      const leaseLater = async () => {
        if (seconds++ < 25) clock.advance(1_000);
        return (await missionRow(engine().db, user, 'm1')).dueAt;
      };
      await expect.poll(leaseLater, { timeout: 60_000 }).not.toEqual(leaseBefore);
      reply.release();
      await sweep;
      expect(await iterationsOf(engine().db, user)).toHaveLength(1);
    });

    test('that another took over while the model thinks cuts the call short, and writes nothing', async () => {
      model.script({ hang: true });
      await writeMission(engine().db, user, 'm1');
      const made = runner();
      const sweep = made.sweep();
      const request = await model.nextRequest();
      // As if the first had stood still for longer than its lease.
      const later = new Date(clock.now().getTime() + 31_000);
      const [taken] = await claimMissions(engine().db, { ...options, now: later });
      expect(taken).toMatchObject({ missionId: 'm1', want: 1, attempt: 2 });
      let isCut = false;
      void request.disconnected.then(() => {
        isCut = true;
      });
      // Until a heartbeat has learnt of it, and not as long as a call may take.
      let seconds = 0;
      await until(() => {
        if (seconds++ < 25) clock.advance(1_000);
        return isCut;
      });
      await sweep;
      expect(await iterationsOf(engine().db, user)).toEqual([]);
      expect(taken && (await recordPlan(engine().db, nothing(taken), later))).toBe('recorded');
    });

    test('whose runner died after the answer uses the stored answer and does not ask again', async () => {
      model.script(planOf('A'));
      await writeMission(engine().db, user, 'm1');
      // This planner's process "dies" when the answer is stored: nothing of it is heard again.
      const dying: Planner = {
        ...scriptedPlanner(model),
        plan: (request, session) =>
          scriptedPlanner(model).plan(request, {
            ...session,
            async recordCall(call) {
              await session.recordCall(call);
              died();
              await new Promise(() => {});
            },
          }),
      };
      let died = () => {};
      const dead = new Promise<void>((resolve) => {
        died = resolve;
      });
      void testRunner({ db: engine().db, planner: dying, clock: fakeClock() }).sweep();
      await dead;
      clock.advance(31_000);
      await runner().sweep();
      expect(model.requests).toHaveLength(1);
      expect(await iterationsOf(engine().db, user)).toMatchObject([{ id: 'm1-1', data: { overallStatus: 'planned' } }]);
    });

    test('that kills its runner again and again ends as a failed iteration', async () => {
      await writeMission(engine().db, user, 'm1');
      for (let attempt = 1; attempt <= 5; attempt++) {
        expect(await claimMissions(engine().db, { ...options, now: clock.now() })).toMatchObject([{ attempt }]);
        clock.advance(31_000);
      }
      await runner().sweep();
      expect(model.requests).toHaveLength(0);
      expect(await iterationsOf(engine().db, user)).toMatchObject([
        { data: { error: { reason: 'attempts_exhausted' } } },
      ]);
    });

    test('a queue longer than the window of one user at the bound hides nobody', async () => {
      const crowd = newUser();
      const other = newUser();
      await write(
        engine().db,
        crowd,
        ...Array.from({ length: 1_100 }, (_, i): Change => {
          return {
            appId: 'ai',
            tableName: 'aiMissions',
            recordId: `m${i}`,
            op: 'insert',
            data: { title: 'T', objective: 'O' },
            actor: USER,
          };
        }),
      );
      // As if these had waited for long: every one of them is before the other's.
      const now = new Date(clock.now().getTime() + 2_000_000);
      expect(await claimMissions(engine().db, { ...options, limit: 2, perUser: 2, now })).toHaveLength(2);
      await writeMission(engine().db, other, 'single');
      const claims = await claimMissions(engine().db, { ...options, limit: 5, perUser: 2, now });
      expect(claims.map(({ userId }) => userId)).toEqual([other]);
      for (const [who, ids] of [
        [crowd, Array.from({ length: 1_100 }, (_, i) => `m${i}`)],
        [other, ['single']],
      ] as const) {
        await write(
          engine().db,
          who,
          ...ids.map((recordId): Change => {
            return {
              appId: 'ai',
              tableName: 'aiMissions',
              recordId,
              op: 'update',
              data: { state: 'archived' },
              actor: USER,
            };
          }),
        );
      }
    });

    test('many missions of one user do not starve the one of another', async () => {
      const other = newUser();
      for (let i = 0; i < 30; i++) await writeMission(engine().db, user, `m${i}`);
      await writeMission(engine().db, other, 'single');
      const claims = await claimMissions(engine().db, { ...options, limit: 5, perUser: 3, now: clock.now() });
      expect(claims.map(({ userId }) => userId)).toContain(other);
      expect(claims.filter(({ userId }) => userId === user)).toHaveLength(3);
      await writeMission(engine().db, other, 'single', { state: 'archived' }, 'update');
    });
  });

  describe('a clean stop', () => {
    test('waits for the plan in flight', async () => {
      const reply = hold(planOf('A'));
      model.script(reply);
      await writeMission(engine().db, user, 'm1');
      const made = runner();
      await made.start();
      await model.nextRequest();
      const stopped = made.stop();
      reply.release();
      await stopped;
      expect(await iterationsOf(engine().db, user)).toHaveLength(1);
    });

    test('hands back what does not end in time, and the attempt does not count', async () => {
      model.script({ hang: true }, planOf('A'));
      await writeMission(engine().db, user, 'm1');
      const made = runner();
      await made.start();
      const request = await model.nextRequest();
      const stopped = made.stop();
      // The stop sets its timer once the listener is closed: move the clock until it has rung.
      let done = false;
      void stopped.then(() => {
        done = true;
      });
      while (!done) {
        clock.advance(1_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await request.disconnected;
      expect(await missionRow(engine().db, user, 'm1')).toMatchObject({ claimed: false, queued: true, attempts: 0 });
      await runner().sweep();
      expect(await iterationsOf(engine().db, user)).toMatchObject([{ id: 'm1-1' }]);
    });
  });
});
