// Missions whose steps run at once and change what other missions are planned from.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { USER } from '../../src/core/log/actor.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { withUser } from '../../src/database/database.ts';
import { decideProposal } from '../../src/decisions/decide-proposal.ts';
import { onBothEngines } from '../support/engines.ts';
import { iterationsOf, proposalsOf, write, writeMission } from '../support/missions.ts';
import type { ModelRequest } from '../support/model-server.ts';
import { runnerWorld } from './runner-world.ts';

onBothEngines((engine) => {
  const world = runnerWorld(engine);

  /** Each mission writes to the notes that stand for its name, whenever it is planned. */
  async function missions(user: string, graph: Record<string, { reads: string[]; writes: string[] }>, policy = 'auto') {
    const notes = [...new Set(Object.values(graph).flatMap(({ reads, writes }) => [...reads, ...writes]))];
    const policyChange = { appId: 'ai', tableName: 'aiPolicy', recordId: 'policy', op: 'insert', actor: USER } as const;
    await write(engine().db, user, { ...policyChange, data: { append_to_note: policy } });
    for (const id of notes) await editNote(user, id, { title: id, contentMarkdown: 'as it was' }, 'insert');
    world.model.setDefault((request) => {
      const { writes } = graph[titleIn(request)] ?? { writes: [] };
      const steps = writes.map((noteId) => ({
        ...{ toolName: 'append_to_note', params: { noteId, text: 'more' } },
        ...{ rationale: 'it grows', summary: 'Append' },
      }));
      return { plan: { summary: 'appends', steps } };
    });
    for (const [id, { reads }] of Object.entries(graph)) {
      const inputs = reads.map((note) => ({ appId: 'notes', table: 'notes', id: note }));
      await writeMission(engine().db, user, id, { title: id, replanOn: 'inputs', inputs });
    }
  }

  function editNote(user: string, id: string, data: JsonObject, op: 'insert' | 'update' = 'update') {
    return write(engine().db, user, { appId: 'notes', tableName: 'notes', recordId: id, op, data, actor: USER });
  }

  async function plansOf(user: string): Promise<Record<string, number>> {
    const plans: Record<string, number> = {};
    for (const { data } of await iterationsOf(engine().db, user)) {
      plans[String(data.missionId)] = (plans[String(data.missionId)] ?? 0) + 1;
      expect(data.causedBy).not.toContain(data.missionId);
    }
    return plans;
  }

  test('an effect on its own input wants nothing', async () => {
    await missions(world.user, { A: { reads: ['x'], writes: ['x'] } });
    const made = world.runner();
    await made.sweep();
    expect(await plansOf(world.user)).toEqual({ A: 1 });
    await editNote(world.user, 'x', { contentMarkdown: 'by the person' });
    await made.sweep();
    expect(await plansOf(world.user)).toEqual({ A: 2 });
    expect(await made.sweep()).toMatchObject({ dueMissionCount: 0 });
  });

  test('A feeds B feeds A: the chain ends where it began', async () => {
    await missions(world.user, { A: { reads: ['y'], writes: ['x'] }, B: { reads: ['x'], writes: ['y'] } });
    const made = world.runner({ concurrency: 1 });
    await made.sweep();
    const first = await plansOf(world.user);
    await editNote(world.user, 'y', { contentMarkdown: 'by the person' });
    await made.sweep();
    expect(await plansOf(world.user)).toEqual({ A: first.A! + 1, B: first.B! + 1 });
    const [a, b] = (await iterationsOf(engine().db, world.user)).slice(-2);
    expect([a, b]).toMatchObject([
      { data: { missionId: 'A', causedBy: [] } },
      { data: { missionId: 'B', causedBy: ['A'] } },
    ]);
    expect(await made.sweep()).toMatchObject({ dueMissionCount: 0 });
  });

  test('what a person approves is still of that chain', async () => {
    await missions(world.user, { A: { reads: ['y'], writes: ['x'] }, B: { reads: ['x'], writes: ['y'] } }, 'propose');
    const made = world.runner();
    await made.sweep();
    const approve = (id: string) =>
      withUser(engine().db, world.user, (tx) =>
        decideProposal(tx, { registry: defaultRegistry, userId: world.user, now: world.clock.now() }, id, {
          decision: 'approve',
        }),
      );
    expect(await approve('A-1-0')).toMatchObject({ ok: true });
    await made.sweep();
    expect(await plansOf(world.user)).toEqual({ A: 1, B: 2 });
    expect(await approve('B-2-0')).toMatchObject({ ok: true });
    await made.sweep();
    expect(await plansOf(world.user)).toEqual({ A: 1, B: 2 });
    expect((await proposalsOf(engine().db, world.user)).map(({ status }) => status)).not.toContain('pending');
  });

  test('what the runner writes wants nothing, where it is an input too; what the person says of it does', async () => {
    await missions(world.user, { A: { reads: ['x'], writes: ['y'] } }, 'propose');
    const made = world.runner();
    await made.sweep();
    const inputs = [
      { appId: 'ai', table: 'aiProposals', id: 'A-1-0' },
      { appId: 'ai', table: 'aiIterations', id: 'A-3' },
    ];
    await writeMission(engine().db, world.user, 'A', { inputs }, 'update');
    // It supersedes the one input, and its next iteration is the other.
    await made.sweep();
    await writeMission(engine().db, world.user, 'A', { objective: 'Another' }, 'update');
    await made.sweep();
    expect(await plansOf(world.user)).toEqual({ A: 3 });
    expect(await made.sweep()).toMatchObject({ dueMissionCount: 0 });
    await write(engine().db, world.user, {
      ...{ appId: 'ai', tableName: 'aiProposals', recordId: 'A-1-0', op: 'delete', data: {}, actor: USER },
    });
    await made.sweep();
    expect(await plansOf(world.user)).toEqual({ A: 4 });
  });
});

function titleIn({ body }: ModelRequest): string {
  return /<data name="mission title">\n(.*)\n/.exec(body.messages[1]?.content ?? '')?.[1] ?? '';
}
