import { beforeEach, describe, expect, test } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import { withUser } from '../../src/database/database.ts';
import { stopPlanning } from '../../src/missions/write-mission.ts';
import { type Claim, claimMissions } from '../../src/runner/claim.ts';
import { recordPlan } from '../../src/runner/record-plans.ts';
import { onBothEngines } from '../support/engines.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { iterationsOf, missionRow, planOf, proposalsOf, write, writeMission } from '../support/missions.ts';
import type { ModelServer } from '../support/model-server.ts';
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
  const times = () => ({ now: clock.now(), databaseNow: clock.databaseNow() });
  const nothing = (claim: Claim) => ({ claim, changes: [], failed: false, nextRunAt: null });

  describe('an edit', () => {
    test('while the model thinks aborts the call and is planned anew: one iteration, for the final text', async () => {
      model.script({ hang: true }, planOf('Final'));
      const made = runner();
      await made.start();
      await writeMission(engine().db, user, 'm1');
      const first = await model.nextRequest();
      await writeMission(engine().db, user, 'm1', { objective: 'Find a house' }, 'update');
      await first.disconnected;
      const second = await model.nextRequest();
      expect(second.body.messages.at(-1)?.content).toContain('Find a house');
      await made.sweep();
      expect(await iterationsOf(engine().db, user)).toMatchObject([{ id: 'm1-2', data: { want: 2 } }]);
      expect(await missionRow(engine().db, user, 'm1')).toMatchObject({ wanted: 2, planned: 2 });
    });

    test('a stop while the model thinks cuts the call short and records that, once; the next edit is planned', async () => {
      await writeMission(engine().db, user, 'm1');
      model.script(planOf('Kept'), { hang: true }, planOf('After'));
      const made = runner();
      await made.start();
      await made.sweep();
      await writeMission(engine().db, user, 'm1', { objective: 'Find a house' }, 'update');
      await model.nextRequest();
      const request = await model.nextRequest();
      const stop = () => withUser(engine().db, user, (tx) => stopPlanning(tx, user, 'm1', times()));
      expect(await stop()).toEqual({ ok: true, iterationId: 'm1-2' });
      await request.disconnected;
      expect(await stop()).toEqual({ ok: false, reason: 'nothing_to_stop' });
      await made.sweep();
      const stopped = (await iterationsOf(engine().db, user)).find(({ id }) => id === 'm1-2');
      expect(stopped?.data).toMatchObject({
        ...{ missionId: 'm1', want: 2, overallStatus: 'failed', plan: [] },
        error: { reason: 'stopped', message: 'you stopped it' },
        usage: { calls: 0 },
      });
      expect(await missionRow(engine().db, user, 'm1')).toMatchObject({
        wanted: 2,
        planned: 2,
        claimed: false,
        queued: false,
      });
      expect((await proposalsOf(engine().db, user)).map(({ status }) => status)).toEqual(['pending']);

      await writeMission(engine().db, user, 'm1', { objective: 'Find a flat' }, 'update');
      await made.sweep();
      expect((await iterationsOf(engine().db, user)).map(({ id }) => id).sort()).toEqual(['m1-1', 'm1-2', 'm1-3']);
    });

    test('a stop takes a queued want out of the queue, and leaves the cadence', async () => {
      const cadence = { kind: 'interval', everyMinutes: 60 };
      await writeMission(engine().db, user, 'm1', { cadence });
      await withUser(engine().db, user, (tx) => stopPlanning(tx, user, 'm1', times()));
      expect(await runner().sweep()).toMatchObject({ dueMissionCount: 0 });
      model.script(planOf('A'));
      clock.advance(3_600_000);
      expect(await runner().sweep()).toMatchObject({ dueMissionCount: 1, plansWrittenBack: 1 });
      expect(await withUser(engine().db, user, (tx) => stopPlanning(tx, user, 'm1', times()))).toMatchObject({
        ok: false,
      });
      expect(await withUser(engine().db, user, (tx) => stopPlanning(tx, user, 'm2', times()))).toEqual({
        ok: false,
        reason: 'mission_not_found',
      });
    });

    test('that comes after the answer but before the write-back is planned anew as well', async () => {
      await writeMission(engine().db, user, 'm1');
      const [claim] = await claimMissions(engine().db, {
        runner: 'x',
        limit: 1,
        leaseMs: 30_000,
        perUser: 5,
        now: clock.now(),
        budget: null,
      });
      await writeMission(engine().db, user, 'm1', { title: 'Other' }, 'update');
      expect(claim && (await recordPlan(engine().db, nothing(claim), clock.now()))).toBe('mission_edited');
      model.script(planOf('A'));
      await runner().sweep();
      expect(await iterationsOf(engine().db, user)).toMatchObject([{ id: 'm1-2' }]);
    });

    test('edits before a plan is begun coalesce into the newest', async () => {
      await writeMission(engine().db, user, 'm1');
      for (const title of ['A', 'B', 'C']) await writeMission(engine().db, user, 'm1', { title }, 'update');
      model.script(planOf('A'));
      await runner().sweep();
      expect(await iterationsOf(engine().db, user)).toMatchObject([{ id: 'm1-4' }]);
      expect(model.requests).toHaveLength(1);
    });

    test('that loses the merge does not wake', async () => {
      model.script(planOf('A'));
      await writeMission(engine().db, user, 'm1');
      const made = runner();
      await made.sweep();
      await write(engine().db, user, {
        appId: 'ai',
        tableName: 'aiMissions',
        recordId: 'm1',
        op: 'update',
        actor: USER,
        data: { title: 'older' },
        fieldTimestamps: { title: '2020-01-01T00:00:00.000Z' },
      });
      expect(await made.sweep()).toMatchObject({ dueMissionCount: 0 });
      expect(await missionRow(engine().db, user, 'm1')).toMatchObject({ wanted: 1 });
    });

    test('pausing while the model thinks aborts the call; resuming plans', async () => {
      model.script({ hang: true }, planOf('A'));
      const made = runner();
      await made.start();
      await writeMission(engine().db, user, 'm1');
      const request = await model.nextRequest();
      await writeMission(engine().db, user, 'm1', { state: 'paused' }, 'update');
      await request.disconnected;
      await made.sweep();
      expect(await iterationsOf(engine().db, user)).toEqual([]);
      await writeMission(engine().db, user, 'm1', { state: 'active' }, 'update');
      await model.nextRequest();
      await made.sweep();
      expect(await iterationsOf(engine().db, user)).toMatchObject([{ id: 'm1-2' }]);
    });

    test('a mission that was paused before anyone planned it wakes the runner when it is resumed', async () => {
      model.setDefault(planOf('A'));
      await writeMission(engine().db, user, 'm1');
      await writeMission(engine().db, user, 'm1', { state: 'paused' }, 'update');
      const made = runner({ sweepMs: 10 * 86_400_000 });
      await made.start();
      await made.sweep();
      expect(model.requests).toHaveLength(0);
      await writeMission(engine().db, user, 'm1', { state: 'active' }, 'update');
      await model.nextRequest();
      await made.sweep();
      expect(await iterationsOf(engine().db, user)).toMatchObject([{ id: 'm1-2' }]);
    });

    test('feedback on an iteration is a want, and stands in the next prompt', async () => {
      model.script(planOf('A'), planOf('B'));
      await writeMission(engine().db, user, 'm1');
      const made = runner();
      await made.sweep();
      await write(engine().db, user, {
        appId: 'ai',
        tableName: 'aiIterations',
        recordId: 'm1-1',
        op: 'update',
        actor: USER,
        data: { feedback: 'smaller steps please' },
      });
      await made.sweep();
      expect(model.requests[1]?.body.messages.at(-1)?.content).toContain('smaller steps please');
      expect(await iterationsOf(engine().db, user)).toHaveLength(2);
    });
  });
});
