import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { MISSION_RUNNER, USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import type { Planner } from '../../src/core/planning/planner.ts';
import { userSession } from '../../src/database/database.ts';
import { claimMissions, recordPlan } from '../../src/runner/claim.ts';
import type { Runner } from '../../src/runner/runner.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import {
  iterationsOf,
  missionRow,
  planOf,
  proposalsOf,
  scriptedPlanner,
  testRunner,
  write,
  writeMission,
} from '../support/missions.ts';
import { hold, type ModelServer, startModelServer } from '../support/model-server.ts';

onBothEngines((engine) => {
  let model: ModelServer;
  let clock: FakeClock;
  let runners: Runner[];
  let user: string;

  beforeEach(async () => {
    model = await startModelServer();
    clock = fakeClock();
    runners = [];
    user = newUser();
  });
  afterEach(async () => {
    await Promise.all(runners.map((runner) => runner.stop()));
    await model.close();
    // What a test left wanting must not be claimed by the next one's runner.
    for (const { id } of await engine().db.run<{ id: string }>(
      userSession(user),
      sql`select mission_id as id from missions`,
    )) {
      await writeMission(engine().db, user, id, { state: 'archived' }, 'update');
    }
  });

  function runner(over: Partial<Parameters<typeof testRunner>[0]> = {}): Runner {
    const made = testRunner({ db: engine().db, planner: scriptedPlanner(model), clock, ...over });
    runners.push(made);
    return made;
  }

  const nothing = () => ({ changes: [], failed: false, nextRunAt: null, now: clock.now() });

  describe('a plan', () => {
    test('is one iteration with its proposals, none of which has touched the data', async () => {
      model.script(planOf('Call the agent', 'Measure the sofa'));
      await writeMission(engine().db, user, 'm1');
      expect(await runner().sweep()).toMatchObject({
        dueMissionCount: 1,
        plansProduced: 1,
        plansWrittenBack: 1,
        errors: 0,
      });

      const [iteration, ...more] = await iterationsOf(engine().db, user);
      expect(more).toEqual([]);
      expect(iteration).toMatchObject({
        id: 'm1-1',
        data: {
          missionId: 'm1',
          want: 1,
          source: 'server',
          model: 'scripted',
          overallStatus: 'planned',
          sawPosition: 1,
        },
      });
      expect(await proposalsOf(engine().db, user)).toMatchObject([
        {
          id: 'm1-1-0',
          status: 'pending',
          toolName: 'create_task',
          params: { title: 'Call the agent' },
          rationale: 'because of Call the agent',
          appId: 'todo',
        },
        { id: 'm1-1-1', status: 'pending', params: { title: 'Measure the sofa' } },
      ]);
      expect(await missionRow(engine().db, user, 'm1')).toMatchObject({
        wanted: 1,
        planned: 1,
        claimed: false,
        queued: false,
      });
      const actors = await engine().db.run(
        userSession(user),
        sql`select distinct actor from sync_changes where position > 1`,
      );
      expect(actors).toEqual([{ actor: MISSION_RUNNER }]);
      expect(await engine().db.run(userSession(user), sql`select 1 from records where app_id = 'todo'`)).toEqual([]);
    });

    test('is woken by the commit of an edit, without any tick', async () => {
      model.setDefault(planOf('A'));
      const made = runner();
      await made.start();
      await writeMission(engine().db, user, 'm1');
      const request = await model.nextRequest();
      expect(request.body.messages.at(-1)?.content).toContain('Find a flat');
      await made.sweep();
      expect(await iterationsOf(engine().db, user)).toHaveLength(1);
    });

    test('records each model call with request, response, tokens and time', async () => {
      model.script({ text: 'no plan' }, planOf('A'));
      await writeMission(engine().db, user, 'm1');
      await runner().sweep();
      const calls = await engine().db.run(
        userSession(user),
        sql`select number, want, model, answer, duration_ms >= 0 as timed,
        request is not null as asked from model_calls order by number`,
      );
      expect(calls).toMatchObject([
        { number: 1, want: 1, model: 'scripted', answer: 'no plan', timed: true, asked: true },
        { number: 2, want: 1, timed: true, asked: true },
      ]);
      expect((await iterationsOf(engine().db, user))[0]?.data.usage).toMatchObject({ calls: 2 });
    });

    test('supersedes the undecided proposals of the one before', async () => {
      model.script(planOf('Old'), planOf('New'));
      await writeMission(engine().db, user, 'm1');
      const made = runner();
      await made.sweep();
      await writeMission(engine().db, user, 'm1', { title: 'Move soon' }, 'update');
      await made.sweep();
      expect(await proposalsOf(engine().db, user)).toMatchObject([
        { id: 'm1-1-0', status: 'superseded' },
        { id: 'm1-2-0', status: 'pending' },
      ]);
    });

    test('wants nothing itself, and neither do its effects', async () => {
      model.setDefault(planOf('A'));
      await write(engine().db, user, {
        appId: 'ai',
        tableName: 'aiPolicy',
        recordId: 'policy',
        op: 'insert',
        data: { create_task: 'auto' },
        actor: USER,
      });
      await writeMission(engine().db, user, 'm1');
      const made = runner();
      await made.sweep();
      expect(await made.sweep()).toMatchObject({ dueMissionCount: 0 });
      expect(model.requests).toHaveLength(1);
    });

    test('runs at once what the policy lets it, and says who, for what and why', async () => {
      model.script(planOf('A'));
      await write(engine().db, user, {
        appId: 'ai',
        tableName: 'aiPolicy',
        recordId: 'policy',
        op: 'insert',
        data: { create_task: 'auto' },
        actor: USER,
      });
      await writeMission(engine().db, user, 'm1');
      await runner().sweep();
      expect(await proposalsOf(engine().db, user)).toMatchObject([{ status: 'approved', decidedBy: 'policy' }]);
      const rows = await engine().db.run(
        userSession(user),
        sql`select record_id as id, actor from sync_changes where app_id = 'todo'`,
      );
      expect(rows).toEqual([
        {
          id: 'm1-1-0',
          actor: { kind: 'ai', missionId: 'm1', iterationId: 'm1-1', proposalId: 'm1-1-0', rationale: 'because of A' },
        },
      ]);
    });
  });

  describe('the policy', () => {
    const allow = (policy: string) =>
      write(engine().db, user, {
        appId: 'ai',
        tableName: 'aiPolicy',
        recordId: 'policy',
        op: 'insert',
        data: { create_task: policy },
        actor: USER,
      });

    test('is the one that holds when the plan is written: what was taken back while the model thought does not run', async () => {
      const reply = hold(planOf('A'));
      model.script(reply);
      await allow('auto');
      await writeMission(engine().db, user, 'm1');
      const swept = runner().sweep();
      await model.nextRequest();
      await allow('propose');
      reply.release();
      await swept;
      expect(await proposalsOf(engine().db, user)).toMatchObject([{ status: 'pending' }]);
      expect(await engine().db.run(userSession(user), sql`select 1 from records where app_id = 'todo'`)).toEqual([]);
    });

    test('steps that run at once see what the steps before them changed', async () => {
      const step = (toolName: string, params: JsonObject) => ({ toolName, params, rationale: 'why', summary: 'what' });
      model.script({
        plan: {
          summary: 's',
          steps: [
            step('log_goal_progress', { goalId: 'g', amount: 5 }),
            step('log_goal_progress', { goalId: 'g', amount: 7 }),
            step('append_to_note', { noteId: 'n', text: 'one' }),
            step('append_to_note', { noteId: 'n', text: 'two' }),
          ],
        },
      });
      const record = (appId: string, recordId: string, data: JsonObject): Change => {
        return { appId, tableName: appId, recordId, op: 'insert', data, actor: USER };
      };
      await write(
        engine().db,
        user,
        record('goals', 'g', { title: 'G', progress: 0 }),
        record('notes', 'n', { title: 'N', contentMarkdown: 'start' }),
        {
          appId: 'ai',
          tableName: 'aiPolicy',
          recordId: 'policy',
          op: 'insert',
          data: { log_goal_progress: 'auto', append_to_note: 'auto' },
          actor: USER,
        },
      );
      await writeMission(engine().db, user, 'm1');
      await runner().sweep();
      const rows = await engine().db.run(
        userSession(user),
        sql`
        select data -> 'progress' as progress, data ->> 'contentMarkdown' as content from records
        where app_id in ('goals', 'notes') order by app_id`,
      );
      expect(rows).toEqual([
        { progress: 12, content: null },
        { progress: null, content: 'start\n\none\n\ntwo' },
      ]);
    });
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

    test('that comes after the answer but before the write-back is planned anew as well', async () => {
      await writeMission(engine().db, user, 'm1');
      const [claim] = await claimMissions(engine().db, {
        runner: 'x',
        limit: 1,
        leaseMs: 30_000,
        perUser: 5,
        now: clock.now(),
      });
      await writeMission(engine().db, user, 'm1', { title: 'Other' }, 'update');
      expect(claim && (await recordPlan(engine().db, claim, nothing()))).toBe('mission_edited');
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

    test('the budget stops it', async () => {
      model.setDefault(planOf('A'));
      await writeMission(engine().db, user, 'm1');
      const made = runner({ dailyCalls: 1 });
      await made.sweep();
      await writeMission(engine().db, user, 'm1', { title: 'B' }, 'update');
      await made.sweep();
      expect(model.requests).toHaveLength(1);
      expect((await iterationsOf(engine().db, user))[1]).toMatchObject({
        data: { error: { reason: 'budget_exhausted' } },
      });
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

  describe('a claim', () => {
    const options = { runner: 'x', limit: 10, leaseMs: 30_000, perUser: 10 };

    test('that lapsed cannot write, whether or not another has taken it', async () => {
      await writeMission(engine().db, user, 'm1');
      const [lapsed] = await claimMissions(engine().db, { ...options, now: clock.now() });
      clock.advance(31_000);
      expect(lapsed && (await recordPlan(engine().db, lapsed, nothing()))).toBe('claim_lost');
      const [taken] = await claimMissions(engine().db, { ...options, now: clock.now() });
      expect(taken).toMatchObject({ missionId: 'm1', want: 1, attempt: 2 });
      expect(lapsed && (await recordPlan(engine().db, lapsed, nothing()))).toBe('claim_lost');
      expect(taken && (await recordPlan(engine().db, taken, nothing()))).toBe('recorded');
      expect(taken && (await recordPlan(engine().db, taken, nothing()))).toBe('claim_lost');
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
      await expect.poll(leaseLater, { timeout: 15_000 }).not.toEqual(leaseBefore);
      reply.release();
      await sweep;
      expect(await iterationsOf(engine().db, user)).toHaveLength(1);
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

  test('undecided proposals expire in the sweep', async () => {
    model.script(planOf('A'));
    await writeMission(engine().db, user, 'm1');
    const made = runner();
    await made.sweep();
    clock.advance(14 * 86_400_000 + 1);
    await made.sweep();
    expect(await proposalsOf(engine().db, user)).toMatchObject([{ status: 'expired' }]);
  });
});
