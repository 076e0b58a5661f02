import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { createOutlinePlanner } from '../../src/core/planning/outline.ts';
import { userSession } from '../../src/database/database.ts';
import { readHead } from '../../src/log/read-head.ts';
import { type Replay, replayIteration } from '../../src/replay/replay-iteration.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { planOf, scriptedPlanner, testRunner, write, writeMission } from '../support/missions.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';

onBothEngines((engine) => {
  let model: ModelServer;
  let user: string;
  beforeEach(async () => {
    model = await startModelServer();
    user = newUser();
  });
  afterEach(() => model.close());

  const note = (text: string, op: Change['op'] = 'update'): Change => ({
    ...{ appId: 'notes', tableName: 'notes', recordId: 'n1', op, actor: USER },
    data: { title: 'Wishes', contentMarkdown: text },
  });
  const withNote = { inputs: [{ appId: 'notes', table: 'notes', id: 'n1' }] };

  async function plan(planner = scriptedPlanner(model)) {
    const runner = testRunner({ db: engine().db, planner, clock: fakeClock() });
    await runner.sweep();
    await runner.stop();
  }
  const deps = () => ({ db: engine().db, registry: defaultRegistry, signal: new AbortController().signal });
  async function replay(iterationId: string, planner?: Parameters<typeof replayIteration>[3]): Promise<Replay> {
    const result = await replayIteration(deps(), user, iterationId, planner);
    if (!result.ok) throw new Error(result.message);
    return result.replay;
  }
  const everything = async () => ({
    head: await readHead(engine().db, userSession(user)),
    calls: await engine().db.run(
      userSession(user),
      sql`select mission_id, want, number from model_calls order by 1, 2, 3`,
    ),
    missions: await engine().db.run(userSession(user), sql`select * from missions`),
  });

  describe('what was recorded', () => {
    test('gives the same plan by the same code, whatever was written since; nobody is asked, nothing is written', async () => {
      await write(engine().db, user, note('a garden', 'insert'));
      await writeMission(engine().db, user, 'm1', withNote);
      model.script(planOf('Call the agent', 'Measure the sofa'));
      await plan();
      await write(engine().db, user, note('no garden'));
      const before = await everything();
      const found = await replay('m1-1');
      expect(found).toMatchObject({ sawPosition: 2, models: { before: 'scripted', after: 'scripted' }, calls: [] });
      expect(found.difference).toEqual({
        same: true,
        differences: [],
        steps: [
          expect.objectContaining({ status: 'same', summary: 'Create Call the agent' }),
          expect.objectContaining({ status: 'same', summary: 'Create Measure the sofa' }),
        ],
      });
      expect(model.requests).toHaveLength(1);
      expect(await everything()).toEqual(before);
    });

    test('with a repair turn in it, and with two replies that were no plan', async () => {
      await writeMission(engine().db, user, 'm1');
      model.script({ text: 'no plan' }, planOf('Mended'), { text: 'no plan' }, { text: 'none again' });
      await plan();
      await writeMission(engine().db, user, 'm1', { objective: 'Another' }, 'update');
      await plan();
      expect((await replay('m1-1')).difference.same).toBe(true);
      const failed = await replay('m1-2');
      expect(failed.plan).toMatchObject({ ok: false, reason: 'reply_not_json' });
      expect(failed.difference.same).toBe(true);
    });

    test('is read by the policy of then', async () => {
      await writeMission(engine().db, user, 'm1');
      model.script(planOf('A'));
      await plan();
      const deny = { appId: 'ai', tableName: 'aiPolicy', recordId: 'policy', op: 'insert', actor: USER } as const;
      await write(engine().db, user, { ...deny, data: { create_task: 'deny' } });
      expect((await replay('m1-1')).difference.same).toBe(true);
    });

    test('of the outline planner is outlined again', async () => {
      await writeMission(engine().db, user, 'm1', { conceptMarkdown: '- [ ] Call the agent' });
      await plan(createOutlinePlanner());
      await writeMission(engine().db, user, 'm1', { conceptMarkdown: '- [ ] Something else' }, 'update');
      await plan(createOutlinePlanner());
      const found = await replay('m1-1');
      expect(found.difference).toMatchObject({ same: true, steps: [{ toolName: 'create_task', status: 'same' }] });
    });
  });

  test("another model gets today's prompt on the records as they were, and the difference is told", async () => {
    await write(engine().db, user, note('a garden', 'insert'));
    await writeMission(engine().db, user, 'm1', { ...withNote, objective: 'Find a flat' });
    model.script(planOf('Call the agent', 'Measure the sofa', 'Rent a van'));
    await plan();
    await write(engine().db, user, note('no garden'));
    await writeMission(engine().db, user, 'm1', { objective: 'Find a boat', state: 'paused' }, 'update');
    const before = await everything();

    model.script(planOf('Call the agent', 'Measure the bed'));
    const found = await replay('m1-1', scriptedPlanner(model));
    const asked = model.requests.at(-1)?.body.messages.at(-1)?.content;
    expect(asked).toContain('a garden');
    expect(asked).not.toContain('no garden');
    expect(asked).toContain('Find a flat');
    expect(found.calls).toHaveLength(1);
    expect(found.difference).toMatchObject({
      same: false,
      steps: [
        { index: 0, status: 'same' },
        { index: 1, status: 'changed' },
        { index: 2, status: 'gone', summary: 'Create Rent a van' },
      ],
    });
    expect(found.difference.steps[1]?.differences).toContainEqual({
      path: 'params.title',
      before: 'Measure the sofa',
      after: 'Measure the bed',
    });
    expect(await everything()).toEqual(before);
  });

  test("an iteration that is not there, or is somebody else's, or never got an answer, is told", async () => {
    await writeMission(engine().db, user, 'm1');
    model.script({ status: 401, body: {} });
    await plan();
    expect(await replayIteration(deps(), user, 'm1-9')).toMatchObject({ ok: false, reason: 'iteration_not_found' });
    expect(await replayIteration(deps(), newUser(), 'm1-1')).toMatchObject({
      ok: false,
      reason: 'iteration_not_found',
    });
    expect(await replayIteration(deps(), user, 'm1-1')).toMatchObject({ ok: false, reason: 'nothing_recorded' });
  });
});
