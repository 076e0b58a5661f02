import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import { operatorSession, withUser } from '../../src/database/database.ts';
import { deleteMission, stopPlanning } from '../../src/missions/write-mission.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { iterationsOf, missionRow, planOf, write, writeMission } from '../support/missions.ts';
import { hold } from '../support/model-server.ts';
import { runnerWorld } from './runner-world.ts';

const NOTE = { appId: 'notes', table: 'notes', id: 'n1' };
const OTHER = { appId: 'notes', table: 'notes', id: 'n2' };
const note = (data: JsonObject, op: Change['op'] = 'update', recordId = 'n1'): Change => ({
  ...{ appId: 'notes', tableName: 'notes', recordId, op, data, actor: USER },
});
const task = (id: string, data: JsonObject, op: Change['op'] = 'update'): Change => ({
  ...{ appId: 'todo', tableName: 'tasks', recordId: id, op, data, actor: USER },
});

onBothEngines((engine) => {
  const world = runnerWorld(engine);
  const change = (...changes: Change[]) => write(engine().db, world.user, ...changes);
  const mission = (fields: JsonObject, op: Change['op'] = 'insert', id = 'm1') =>
    writeMission(engine().db, world.user, id, fields, op);
  const wanted = async (id = 'm1') => (await missionRow(engine().db, world.user, id)).wanted;
  const iterationIds = async () => (await iterationsOf(engine().db, world.user)).map(({ id }) => id).sort();

  /** A mission that was planned once from a note of its own. */
  async function planned(fields: JsonObject = {}) {
    await change(note({ title: 'Budget', contentMarkdown: '500' }, 'insert'));
    await mission({ inputs: [NOTE], replanOn: 'inputs', ...fields });
    world.model.setDefault(planOf('A'));
    const made = world.runner();
    await made.sweep();
    expect(await missionRow(engine().db, world.user, 'm1')).toMatchObject({ wanted: 1, planned: 1 });
    return made;
  }

  const readPlanReads = (user = world.user) =>
    engine().db.run<{ app: string; table: string; id: string; mission: string; fields: Json }>(
      operatorSession(user),
      sql`select app_id as app, table_name as "table", record_id as id, mission_id as mission, fields
          from plan_reads order by mission_id, app_id, table_name, record_id`,
    );
  const watched = async () => (await readPlanReads()).map(({ id, fields }) => ({ id, fields }));

  describe('a change to what a plan was made from', () => {
    test('is planned at once, from the new text', async () => {
      const made = await planned();
      await made.start();
      await world.model.nextRequest();
      await change(note({ contentMarkdown: '700' }));
      const request = await world.model.nextRequest();
      expect(request.body.messages.at(-1)?.content).toContain('700');
      await made.sweep();
      expect(await iterationIds()).toEqual(['m1-1', 'm1-2']);
    });

    test('wants nothing when it loses the merge, or leaves the value as it was', async () => {
      await planned();
      await change({
        ...note({ contentMarkdown: 'older' }),
        fieldTimestamps: { contentMarkdown: '2020-01-01T00:00:00.000Z' },
      });
      await change(note({ contentMarkdown: '500' }));
      await change(note({ title: 'Budget', contentMarkdown: '500' }, 'insert'));
      expect(await wanted()).toBe(1);
    });

    test('of a field that the prompt does not show wants nothing', async () => {
      await planned();
      await change(note({ colour: 'red' }));
      expect(await wanted()).toBe(1);
    });

    test('wants once for each new version, however many fields it has; two inputs at once are one plan', async () => {
      await change(note({ title: 'Flat', contentMarkdown: 'x' }, 'insert', 'n2'));
      const made = await planned({ inputs: [NOTE, OTHER] });
      await change(note({ title: 'Budget 2', contentMarkdown: '700' }));
      expect(await wanted()).toBe(2);
      await change(note({ title: 'B' }), note({ title: 'C' }, 'update', 'n2'));
      expect(await wanted()).toBe(3);
      await made.sweep();
      expect(await iterationIds()).toEqual(['m1-1', 'm1-3']);
      expect(await made.sweep()).toMatchObject({ dueMissionCount: 0 });
    });

    test('its deletion wants, an edit of what is deleted does not, its coming back does', async () => {
      const made = await planned();
      await change(note({}, 'delete'));
      expect(await wanted()).toBe(2);
      await made.sweep();
      expect((await iterationsOf(engine().db, world.user)).at(-1)?.data.reads).toEqual([
        { ...NOTE, fields: ['deletedAt'] },
      ]);
      await change(note({ contentMarkdown: 'unseen' }));
      expect(await wanted()).toBe(2);
      await change(note({ title: 'Budget', contentMarkdown: '1' }, 'insert'));
      expect(await wanted()).toBe(3);
    });

    test('an input that was not there wants when it appears, by an update that comes before its insert too', async () => {
      await mission({ inputs: [NOTE, OTHER], replanOn: 'inputs' });
      world.model.setDefault(planOf('A'));
      const made = world.runner();
      await made.sweep();
      await change(note({ title: 'Budget', contentMarkdown: '1' }, 'insert'));
      expect(await wanted()).toBe(2);
      await change(note({ title: 'Flat' }, 'update', 'n2'));
      expect(await wanted()).toBe(3);
      await made.sweep();
      expect(await iterationIds()).toEqual(['m1-1', 'm1-3']);
    });

    test('while the model thinks cuts the call short, of the first plan as of any other', async () => {
      await change(note({ title: 'Budget', contentMarkdown: '500' }, 'insert'));
      world.model.script({ hang: true }, planOf('A'), { hang: true }, planOf('B'));
      const made = world.runner();
      await made.start();
      await mission({ inputs: [NOTE], replanOn: 'inputs' });
      for (const content of ['700', '900']) {
        const held = await world.model.nextRequest();
        await change(note({ contentMarkdown: content }));
        await held.disconnected;
        expect((await world.model.nextRequest()).body.messages.at(-1)?.content).toContain(content);
        await made.sweep();
        if (content === '700') await mission({ objective: 'Find a house' }, 'update');
      }
      expect(await iterationIds()).toEqual(['m1-2', 'm1-4']);
    });

    test('of what a read tool showed wants too, and when it came while the model thought', async () => {
      await change(task('t1', { title: 'Pack', completed: false }, 'insert'));
      const held = hold(planOf('A'));
      world.model.script({ toolCalls: [{ name: 'list_tasks', args: {} }] }, held, planOf('B'), planOf('C'));
      await mission({ replanOn: 'inputs' });
      const made = world.runner();
      await made.start();
      await world.model.nextRequest();
      await world.model.nextRequest();
      await change(task('t1', { title: 'Pack boxes' }));
      held.release();
      await world.model.nextRequest();
      await made.sweep();
      const [first] = await iterationsOf(engine().db, world.user);
      expect(first?.data.reads).toEqual([
        {
          ...{ appId: 'todo', table: 'tasks', id: 't1' },
          fields: ['title', 'completed', 'dueDate', 'priority', 'notes'],
          sawPosition: 2,
        },
      ]);
      expect(await iterationIds()).toEqual(['m1-1', 'm1-2']);
      // The second plan looked at no task.
      await change(task('t1', { title: 'Pack all' }));
      expect(await wanted()).toBe(2);
    });

    test('wakes nobody else: not another user whose records have the same ids, nor a mission that did not ask for it', async () => {
      await planned();
      await mission({ inputs: [NOTE] }, 'insert', 'm2');
      const stranger = newUser();
      await write(engine().db, stranger, note({ title: 'Budget', contentMarkdown: 'theirs' }, 'insert'));
      await write(engine().db, stranger, note({ contentMarkdown: 'theirs, again' }));
      expect(await wanted()).toBe(1);
      await change(note({ contentMarkdown: '700' }));
      expect([await wanted('m1'), await wanted('m2')]).toEqual([2, 1]);
      expect(await readPlanReads(stranger)).toEqual([]);
    });
  });

  describe('the mission', () => {
    test('opts in later, and is watched from its newest iteration on; opts out, and is not', async () => {
      await planned({ replanOn: null });
      await change(note({ contentMarkdown: '600' }));
      expect(await watched()).toEqual([]);
      await mission({ replanOn: 'inputs' }, 'update');
      expect(await watched()).toEqual([{ id: 'n1', fields: ['contentMarkdown', 'title'] }]);
      expect(await wanted()).toBe(1);
      await change(note({ contentMarkdown: '700' }));
      expect(await wanted()).toBe(2);
      await mission({ replanOn: null }, 'update');
      await change(note({ contentMarkdown: '800' }));
      expect(await wanted()).toBe(2);
      expect(await watched()).toEqual([]);
    });

    test('that is paused, done or deleted is not watched; resumed, it plans from what stands there', async () => {
      const made = await planned();
      for (const state of ['paused', 'done']) {
        await mission({ state }, 'update');
        await change(note({ contentMarkdown: state }));
        expect(await watched()).toEqual([]);
        expect(await wanted()).toBe(1);
      }
      await mission({ state: 'active' }, 'update');
      await made.sweep();
      expect(world.model.requests.at(-1)?.body.messages.at(-1)?.content).toContain('done');
      expect(await watched()).toHaveLength(1);
      await withUser(engine().db, world.user, (tx) => deleteMission(tx, world.user, 'm1', world.clock.now()));
      expect(await watched()).toEqual([]);
    });

    test('is not an input of its own', async () => {
      await planned({ inputs: [NOTE, { appId: 'ai', table: 'aiMissions', id: 'm1' }] });
      expect(await watched()).toHaveLength(1);
      await mission({ title: 'Another' }, 'update');
      expect(await wanted()).toBe(2);
    });

    test('is watched by what it was last told, whatever came of that; a stop leaves it', async () => {
      const made = await planned();
      await change(note({ title: 'Flat', contentMarkdown: 'x' }, 'insert', 'n2'));
      world.model.script({ text: 'no plan' }, { text: 'still none' });
      await mission({ inputs: [OTHER] }, 'update');
      await made.sweep();
      expect(await iterationsOf(engine().db, world.user)).toMatchObject([{}, { data: { overallStatus: 'failed' } }]);
      expect(await watched()).toMatchObject([{ id: 'n2' }]);
      await change(note({ contentMarkdown: 'y' }, 'update', 'n2'));
      const times = { now: world.clock.now(), databaseNow: world.clock.databaseNow() };
      await withUser(engine().db, world.user, (tx) => stopPlanning(tx, world.user, 'm1', times));
      expect(await watched()).toMatchObject([{ id: 'n2' }]);
      await change(note({ contentMarkdown: 'z' }, 'update', 'n2'));
      expect(await wanted()).toBe(4);
    });

    test('reads in the prompt no more than fits, and is not woken by the rest', async () => {
      const long = 'x'.repeat(5_000);
      const ids = Array.from({ length: 8 }, (_, index) => `long-${index}`);
      await change(...ids.map((id) => note({ title: id, contentMarkdown: long }, 'insert', id)));
      await mission({ replanOn: 'inputs', inputs: ids.map((id) => ({ ...NOTE, id })) });
      world.model.setDefault(planOf('A'));
      await world.runner().sweep();
      expect(await watched()).toHaveLength(6);
      await change(note({ title: 'unread' }, 'update', 'long-7'));
      expect(await wanted()).toBe(1);
    });

    test('any writer may have written it: what cannot be read is passed over', async () => {
      await planned();
      const inputs = [{ id: 'n1' }, 'n1', null, { ...NOTE, id: 'x'.repeat(5_000) }, OTHER];
      await mission({ inputs: inputs as Json }, 'update');
      expect(await watched()).toMatchObject([{ id: 'n1' }, { id: 'n2', fields: null }]);
      const iteration = {
        appId: 'ai',
        tableName: 'aiIterations',
        recordId: 'made-up',
        op: 'insert',
        actor: USER,
      } as const;
      await change({
        ...iteration,
        data: {
          missionId: 'm1',
          sawPosition: 'here',
          reads: [7, { ...NOTE, fields: 'all' }, { ...OTHER, fields: ['title', 7] }],
        },
      });
      expect(await watched()).toMatchObject([{ id: 'n1', fields: null }, { id: 'n2' }]);
    });
  });

  test('all of it is made anew from the records to the same rows', async () => {
    await change(note({ title: 'Flat', contentMarkdown: 'x' }, 'insert', 'n2'));
    await planned({ inputs: [NOTE, OTHER] });
    await mission({ inputs: [OTHER], replanOn: 'inputs' }, 'insert', 'm2');
    await mission({ inputs: [OTHER], replanOn: 'inputs', state: 'paused' }, 'insert', 'm3');
    const before = await readPlanReads();
    expect(before).toHaveLength(3);
    await engine().db.run(operatorSession(world.user), sql`select refold_plan_reads()`);
    expect(await readPlanReads()).toEqual(before);
  });

  test('an iteration records which missions led to it; a person begins anew', async () => {
    const made = await planned();
    const ai = { kind: 'ai', missionId: 'b', iterationId: 'b-1', proposalId: 'b-1-0', rationale: 'because' } as const;
    await change({
      ...{ appId: 'ai', tableName: 'aiIterations', recordId: 'b-1', op: 'insert' },
      ...{ data: { missionId: 'b', causedBy: ['c', 7] }, actor: { kind: 'system', source: 'mission-runner' } },
    });
    await change({ ...note({ contentMarkdown: 'by b' }), actor: ai });
    await change(note({ contentMarkdown: 'and by the person' }));
    await made.sweep();
    const newest = (await iterationsOf(engine().db, world.user)).at(-1);
    expect(newest).toMatchObject({ id: 'm1-3', data: { causedBy: ['b', 'c'] } });
    await mission({ objective: 'Find a house' }, 'update');
    await made.sweep();
    expect((await iterationsOf(engine().db, world.user)).at(-1)?.data.causedBy).toEqual([]);
  });
});
