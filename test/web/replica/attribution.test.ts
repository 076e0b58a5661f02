// Who made what, as a replica knows it: for badges, the timeline, and what refers to something deleted.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { AiActor } from '../../../src/core/log/actor.ts';
import type { Change } from '../../../src/core/log/change.ts';
import { defaultRegistry } from '../../../src/core/modules/registry.ts';
import { appendChanges } from '../../../src/database/append-changes.ts';
import { withUser } from '../../../src/database/database.ts';
import { loadAttributed } from '../../../src/web/attribution/load-attributed.ts';
import { loadExplanation } from '../../../src/web/attribution/load-explanation.ts';
import { loadTimeline } from '../../../src/web/pages/workbench/load-timeline.ts';
import { editTask, task, useWorld } from './world.ts';

const world = useWorld();
const byMission = (missionId: string): AiActor => ({
  ...{ kind: 'ai', missionId, iterationId: `${missionId}-1`, proposalId: `${missionId}-1-0` },
  rationale: `it serves ${missionId}`,
});

/** What the service writes in a mission's name. */
async function act(missionId: string, op: Change['op'], recordId: string, data: JsonObject): Promise<void> {
  await withUser(world.db, world.user, (tx) =>
    appendChanges(tx, world.user, [
      { appId: 'todo', tableName: 'tasks', recordId, op, data, actor: byMission(missionId) },
    ]),
  );
}

async function openTab() {
  const tab = await world.newDevice().openTab();
  await tab.untilState('live');
  await tab.untilSynced();
  return tab;
}

test('a record is by the mission whose value it still holds, the latest of them', async () => {
  await act('m1', 'insert', 'mine', { title: 'by m1' });
  await act('m1', 'insert', 'both', { title: 'by m1', notes: 'by m1' });
  await act('m2', 'update', 'both', { notes: 'by m2' });
  await act('m1', 'insert', 'overwritten', { title: 'by m1' });
  await act('m1', 'insert', 'deleted', { title: 'by m1' });
  const tab = await openTab();
  await tab.write(
    { appId: 'ai', table: 'aiMissions', id: 'm1', op: 'insert', data: { title: 'First', objective: 'x' } },
    task('own'),
    editTask('overwritten', { title: 'by me' }),
    { appId: 'todo', table: 'tasks', id: 'deleted', op: 'delete' },
  );
  await tab.untilSynced();

  const attributed = await tab.listAttributed('todo', 'tasks');
  // What an insert of m1 says of the record as a whole, that it is there, still holds for the overwritten one.
  expect(Object.fromEntries(attributed)).toEqual({ mine: 'm1', both: 'm2', overwritten: 'm1' });
  expect(await tab.listAttributed('todo', 'task')).toEqual(new Map());
  const names = await loadAttributed(tab, 'todo', 'tasks');
  expect([names.get('mine'), names.get('both')]).toEqual([
    { id: 'm1', title: 'First' },
    { id: 'm2', title: 'm2' },
  ]);
});

test('what is deleted can still be named', async () => {
  const tab = await openTab();
  await tab.write(task('t1', { title: 'Milk' }));
  await tab.write({ appId: 'todo', table: 'tasks', id: 't1', op: 'delete' });
  expect(await tab.getRecord('todo', 'tasks', 't1')).toBeUndefined();
  const ref = { appId: 'todo', table: 'tasks', id: 't1' };
  expect(await tab.findRecord(ref)).toMatchObject({ deleted: true, data: { title: 'Milk' } });
  expect(await tab.findRecord({ ...ref, id: 't2' })).toBeUndefined();
  expect(await loadExplanation(tab, defaultRegistry, ref)).toMatchObject({
    label: 'Milk',
    groups: [
      { deletes: true, fields: [], origin: null },
      { deletes: false, fields: [{ name: 'title', value: 'Milk' }] },
    ],
  });
  expect(await loadExplanation(tab, defaultRegistry, { ...ref, id: 't2' })).toBeNull();
});

test('the timeline tells what became what, why, and who approved it', async () => {
  await world.propose('m1-1-0', {
    ...{ status: 'approved', decidedBy: 'policy', decidedAt: '2026-03-01T00:00:00.000Z' },
  });
  await act('m1', 'insert', 't1', { title: 'Milk', completed: false });
  await act('m2', 'update', 't1', { completed: true, title: 'Milk' });
  const tab = await openTab();
  expect(await loadTimeline(tab, defaultRegistry, { limit: 10 })).toMatchObject({
    hasMore: false,
    iterations: [
      {
        iterationId: 'm2-1',
        entries: [
          {
            label: 'Milk',
            fields: [{ name: 'completed', before: false, after: true }],
            origin: { mission: { id: 'm2', title: null }, rationale: 'it serves m2', approval: null },
          },
        ],
      },
      {
        iterationId: 'm1-1',
        entries: [
          { origin: { approval: { by: 'policy', at: '2026-03-01T00:00:00.000Z' }, iteration: { number: null } } },
        ],
      },
    ],
  });
  expect(await loadTimeline(tab, defaultRegistry, { limit: 1 })).toMatchObject({ hasMore: true });
  expect((await loadTimeline(tab, defaultRegistry, { limit: 1, missionId: 'm1' })).iterations).toHaveLength(1);
  expect((await loadTimeline(tab, defaultRegistry, { limit: 9, appId: 'notes' })).iterations).toEqual([]);
});
