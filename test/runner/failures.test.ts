import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import type { Planner } from '../../src/core/planning/planner.ts';
import { userSession } from '../../src/database/database.ts';
import { onBothEngines } from '../support/engines.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import {
  iterationsOf,
  missionRow,
  planOf,
  proposalsOf,
  scriptedPlanner,
  write,
  writeMission,
} from '../support/missions.ts';
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

  test('a failed attempt leaves the open proposals of the plan before it open', async () => {
    model.script(planOf('A'), { status: 401 });
    await writeMission(engine().db, user, 'm1');
    const made = runner();
    await made.sweep();
    await writeMission(engine().db, user, 'm1', { runRequestedAt: 'now' }, 'update');
    await made.sweep();
    expect(await iterationsOf(engine().db, user)).toMatchObject([{}, { data: { error: { reason: 'model_refused' } } }]);
    expect(await proposalsOf(engine().db, user)).toMatchObject([{ status: 'pending' }]);
  });

  test('a want of which not even the failure can be recorded is closed after the last attempt', async () => {
    await writeMission(engine().db, user, 'm1');
    const broken: Planner = {
      model: 'x',
      needsDecidedSteps: false,
      plan: () => Promise.reject(new Error('no planner')),
    };
    // Nothing can be written back: the log refuses the iteration's model, which is no JSON that Postgres can hold.
    const made = runner({ planner: { ...broken, model: 'nul \u0000' } });
    for (let i = 0; i < 8; i++) {
      await made.sweep();
      clock.advance(11 * 60_000);
    }
    expect(await missionRow(engine().db, user, 'm1')).toMatchObject({
      wanted: 1,
      planned: 1,
      claimed: false,
      queued: false,
      dueAt: null,
    });
    expect(await iterationsOf(engine().db, user)).toEqual([]);
  });

  describe('a model that fails', () => {
    test('429: waits as long as it asks, then plans', async () => {
      model.script({ status: 429, headers: { 'retry-after': '120' } }, planOf('A'));
      await writeMission(engine().db, user, 'm1');
      const made = runner();
      await made.sweep();
      expect(await missionRow(engine().db, user, 'm1')).toMatchObject({
        attempts: 1,
        queued: false,
        dueAt: new Date(clock.now().getTime() + 120_000),
      });
      clock.advance(119_000);
      await made.sweep();
      expect(model.requests).toHaveLength(1);
      clock.advance(2_000);
      await made.sweep();
      expect(await iterationsOf(engine().db, user)).toMatchObject([{ data: { overallStatus: 'planned' } }]);
    });

    test('500 for ever: a failed iteration after the last attempt, and no more calls', async () => {
      model.setDefault({ status: 500 });
      await writeMission(engine().db, user, 'm1');
      const made = runner();
      for (let i = 0; i < 10; i++) {
        await made.sweep();
        clock.advance(11 * 60_000);
      }
      expect(model.requests).toHaveLength(5);
      const faults = await engine().db.run(
        userSession(user),
        sql`select response -> 'fault' ->> 'reason' as reason from model_calls`,
      );
      expect(faults).toEqual(Array.from({ length: 5 }, () => ({ reason: 'model_unavailable' })));
      expect(await iterationsOf(engine().db, user)).toMatchObject([
        { data: { overallStatus: 'failed', error: { reason: 'model_unavailable' } } },
      ]);
    });

    test('an edit during the wait is planned at once', async () => {
      model.script({ status: 500 }, planOf('A'));
      await writeMission(engine().db, user, 'm1');
      const made = runner();
      await made.sweep();
      await writeMission(engine().db, user, 'm1', { title: 'Other' }, 'update');
      await made.sweep();
      expect(await iterationsOf(engine().db, user)).toMatchObject([{ id: 'm1-2', data: { overallStatus: 'planned' } }]);
    });

    test('a hanging one times out and is tried again', async () => {
      model.script({ hang: true }, planOf('A'));
      await writeMission(engine().db, user, 'm1');
      const made = runner({ planner: scriptedPlanner(model, 50) });
      await made.sweep();
      expect(await missionRow(engine().db, user, 'm1')).toMatchObject({ attempts: 1, planned: 0 });
      clock.advance(11 * 60_000);
      const patient = runner();
      await patient.sweep();
      expect(await iterationsOf(engine().db, user)).toMatchObject([{ data: { overallStatus: 'planned' } }]);
    });

    test('garbage twice: one repair turn, then a failed iteration that says why', async () => {
      model.setDefault({ text: 'Certainly! I would love to help.' });
      await writeMission(engine().db, user, 'm1');
      expect(await runner().sweep()).toMatchObject({ parseFailures: 1, plansWrittenBack: 0 });
      expect(model.requests).toHaveLength(2);
      expect(await iterationsOf(engine().db, user)).toMatchObject([
        { data: { overallStatus: 'failed', error: { reason: 'reply_not_json' } } },
      ]);
    });

    test('a plan that names a denied tool is invalid', async () => {
      model.setDefault(planOf('A'));
      await write(engine().db, user, {
        appId: 'ai',
        tableName: 'aiPolicy',
        recordId: 'policy',
        op: 'insert',
        data: { create_task: 'deny' },
        actor: USER,
      });
      await writeMission(engine().db, user, 'm1');
      await runner().sweep();
      expect(JSON.stringify(model.requests[0]?.body)).not.toContain('create_task');
      expect(await iterationsOf(engine().db, user)).toMatchObject([{ data: { error: { reason: 'denied_tool' } } }]);
    });
  });

  test('a mission that cannot be read is a failed iteration that names the field', async () => {
    await writeMission(engine().db, user, 'm1', {
      cadence: { kind: 'interval', everyMinutes: 0 },
      title: 7,
      timeZone: 'Mars/Olympus',
    });
    await runner().sweep();
    const [iteration] = await iterationsOf(engine().db, user);
    expect(iteration?.data).toMatchObject({ overallStatus: 'failed', error: { reason: 'mission_invalid' } });
    expect(JSON.stringify(iteration?.data.error)).toMatch(/title.*|cadence\.everyMinutes/);
  });
});
