// What a pending proposal was made from, and is otherwise by now.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { withUser } from '../../src/database/database.ts';
import { type Decision, decideProposal } from '../../src/decisions/decide-proposal.ts';
import { readMissionView } from '../../src/missions/read-missions.ts';
import { listProposals, readProposal } from '../../src/missions/read-proposals.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { planOf, write, writeMission } from '../support/missions.ts';
import { runnerWorld } from './runner-world.ts';

const NOTE = { appId: 'notes', table: 'notes', id: 'n1' };
const GONE = { appId: 'notes', table: 'notes', id: 'n2' };
const edit = (data: JsonObject, op: Change['op'] = 'update', recordId = 'n1'): Change => ({
  ...{ appId: 'notes', tableName: 'notes', recordId, op, data, actor: USER },
});

onBothEngines((engine) => {
  const world = runnerWorld(engine);
  const change = (...changes: Change[]) => write(engine().db, world.user, ...changes);

  /** A mission whose newest plan has these steps, made from a note that is there and from one that is not. */
  async function proposed(plan = planOf('A', 'B'), id = 'm1') {
    if (id === 'm1') await change(edit({ title: 'Budget', contentMarkdown: '500' }, 'insert'));
    await writeMission(engine().db, world.user, id, { inputs: [NOTE, GONE] });
    world.model.script(plan);
    await world.runner().sweep();
  }

  /** What is stale, by proposal; the same wherever it is shown. */
  async function stale() {
    const now = world.clock.now();
    return withUser(engine().db, world.user, async (tx) => {
      const { proposals } = await listProposals(tx, {}, { limit: 100, now });
      const shown = new Map(proposals.map((proposal) => [proposal.id, proposal.stale]));
      for (const { id, missionId } of proposals) {
        expect((await readProposal(tx, id, now))?.stale).toEqual(shown.get(id));
        const mission = await readMissionView(tx, missionId, { limit: 10, now });
        const steps = mission?.iterations.flatMap(({ plan }) => plan) ?? [];
        expect(steps.find(({ proposalId }) => proposalId === id)?.stale).toEqual(shown.get(id));
      }
      return Object.fromEntries(shown);
    });
  }

  function decide(id: string, decision: Decision) {
    const deps = { registry: defaultRegistry, userId: world.user, now: world.clock.now() };
    return withUser(engine().db, world.user, (tx) => decideProposal(tx, deps, id, decision));
  }

  test('nothing is stale while nothing changes; then each field that did, of all that is still to be decided', async () => {
    await proposed();
    await change(edit({ title: 'Unrelated', contentMarkdown: '' }, 'insert', 'n3'), edit({ colour: 'red' }));
    expect(await stale()).toEqual({ 'm1-1-0': null, 'm1-1-1': null });
    await change(edit({ contentMarkdown: '700' }));
    const changed = [{ ...NOTE, field: 'contentMarkdown' }];
    expect(await stale()).toEqual({ 'm1-1-0': changed, 'm1-1-1': changed });
    await change(edit({ title: 'Money' }));
    expect((await stale())['m1-1-0']).toEqual([
      { ...NOTE, field: 'title' },
      { ...NOTE, field: 'contentMarkdown' },
    ]);
  });

  test('a write that loses the merge makes nothing stale', async () => {
    await proposed();
    const fieldTimestamps = { contentMarkdown: '2020-01-01T00:00:00.000Z' };
    await change({ ...edit({ contentMarkdown: 'older' }), fieldTimestamps });
    expect((await stale())['m1-1-0']).toBeNull();
  });

  test('an input that is deleted, and one that appears', async () => {
    await proposed();
    await change(edit({}, 'delete'), edit({ title: 'New', contentMarkdown: '' }, 'insert', 'n2'));
    expect((await stale())['m1-1-0']).toEqual([
      { ...NOTE, field: 'deletedAt' },
      { ...GONE, field: 'deletedAt' },
    ]);
    await change(edit({ title: 'Budget', contentMarkdown: '1' }, 'insert'), edit({}, 'delete', 'n2'));
    expect((await stale())['m1-1-0']).toEqual([
      { ...NOTE, field: 'title' },
      { ...NOTE, field: 'contentMarkdown' },
    ]);
  });

  test('what is decided or replaced is not stale, and the effect of a step leaves its siblings as they are', async () => {
    const append = { toolName: 'append_to_note', params: { noteId: 'n1', text: 'more' } };
    const said = { rationale: 'it grows', summary: 'Append' };
    const task = (title: string) => ({ ...said, toolName: 'create_task', params: { title } });
    const steps = [{ ...append, ...said }, task('A'), task('B')];
    await proposed({ plan: { summary: 's', steps } });
    await proposed(planOf('Other'), 'm2');
    expect(await decide('m1-1-0', { decision: 'approve' })).toMatchObject({ ok: true });
    const appended = [{ ...NOTE, field: 'contentMarkdown' }];
    expect(await stale()).toEqual({ 'm1-1-0': null, 'm1-1-1': null, 'm1-1-2': null, 'm2-1-0': appended });

    await change(edit({ contentMarkdown: 'by the person' }));
    await decide('m1-1-1', { decision: 'reject' });
    expect(await stale()).toEqual({ 'm1-1-0': null, 'm1-1-1': null, 'm1-1-2': appended, 'm2-1-0': appended });
    // It does not stand in the way of a decision.
    expect(await decide('m1-1-2', { decision: 'approve' })).toMatchObject({ ok: true });

    world.model.script(planOf('Newer'));
    await writeMission(engine().db, world.user, 'm2', { title: 'Again' }, 'update');
    await world.runner().sweep();
    expect(await stale()).toMatchObject({ 'm2-1-0': null, 'm2-2-0': null });
  });

  test('what a read tool showed is read from when it was shown', async () => {
    const task = (op: Change['op'], data: JsonObject): Change => ({
      ...{ appId: 'todo', tableName: 'tasks', recordId: 't1', op, data, actor: USER },
    });
    await change(task('insert', { title: 'Pack', completed: false }));
    world.model.script({ toolCalls: [{ name: 'list_tasks', args: {} }] }, planOf('A'));
    await writeMission(engine().db, world.user, 'm1');
    await world.runner().sweep();
    expect(await stale()).toEqual({ 'm1-1-0': null });
    await change(task('update', { completed: true }));
    expect(await stale()).toEqual({ 'm1-1-0': [{ appId: 'todo', table: 'tasks', id: 't1', field: 'completed' }] });
  });

  test("another user's record of the same id makes nothing stale, and an iteration without reads is never stale", async () => {
    await proposed();
    await write(engine().db, newUser(), edit({ title: 'Theirs', contentMarkdown: 'x' }, 'insert'));
    expect((await stale())['m1-1-0']).toBeNull();
    await change({
      ...{ appId: 'ai', tableName: 'aiIterations', recordId: 'm1-1', op: 'update', actor: USER },
      data: { reads: 'none', sawPosition: 'nowhere' },
    });
    await change(edit({ contentMarkdown: '700' }));
    expect((await stale())['m1-1-0']).toBeNull();
  });
});
