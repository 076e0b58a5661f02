import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { MISSION_RUNNER, USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import { userSession } from '../../src/database/database.ts';
import { onBothEngines } from '../support/engines.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { iterationsOf, missionRow, planOf, proposalsOf, write, writeMission } from '../support/missions.ts';
import { hold, type ModelServer } from '../support/model-server.ts';
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

    test('that a look under way begins is waited for by a sweep that was asked before it', async () => {
      const answer = hold(planOf('A'));
      model.script(answer);
      await writeMission(engine().db, user, 'm1');
      let statements = 0;
      let letLookEnd = () => {};
      const lookMayEnd = new Promise<void>((resolve) => {
        letLookEnd = resolve;
      });
      const made = runner({
        db: {
          ...engine().db,
          // The first statement is the claim of the look that the start begins, the second the sweep's own.
          async run(session, statement) {
            statements += 1;
            const which = statements;
            const rows = await engine().db.run(session, statement);
            if (which === 1) await lookMayEnd;
            if (which === 2) setImmediate(letLookEnd);
            return rows as never;
          },
        },
      });
      await made.start();
      const sweep = made.sweep();
      await model.nextRequest();
      answer.release();
      expect(await sweep).toMatchObject({ dueMissionCount: 1, plansWrittenBack: 1 });
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
