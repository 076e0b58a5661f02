import { describe, expect, test } from 'vitest';
import { defaultRegistry } from '../../../../src/core/modules/registry.ts';
import { doAsTool } from '../../../../src/web/records/do-as-tool.ts';
import type { RecordRow } from '../../../../src/web/replica/database.ts';
import type { Write, WriteResult } from '../../../../src/web/replica/write.ts';
import { record } from '../support.ts';

function replicaOf(records: RecordRow[], answer: WriteResult = { ok: true }) {
  const written: Write[] = [];
  return {
    written,
    getRecord: async (_: string, table: string, id: string) =>
      records.find((one) => one.table === table && one.id === id),
    listRecords: async (_: string, table: string) => records.filter((one) => one.table === table),
    write: async (...writes: Write[]) => {
      written.push(...writes);
      return answer;
    },
  };
}

const DEED = { registry: defaultRegistry, id: 'new1', now: new Date('2026-03-01T10:00:00Z'), timeZone: 'UTC' };

describe('what a person does as a tool does it', () => {
  test('makes a record with its defaults', async () => {
    const replica = replicaOf([]);
    expect(await doAsTool(replica, 'create_task', { title: ' Buy bread ' }, DEED)).toEqual({ ok: true });
    expect(replica.written).toEqual([
      { appId: 'todo', table: 'tasks', id: 'new1', op: 'insert', data: { title: 'Buy bread', completed: false } },
    ]);
  });

  test('changes the records that it concerns, each of them', async () => {
    const tasks = ['t1', 't2'].map((id) => record('todo', 'tasks', id, { title: 'Buy bread' }));
    const replica = replicaOf([...tasks, record('todo', 'tasks', 't3', { title: 'Other' })]);
    expect(await doAsTool(replica, 'complete_tasks_by_title', { title: 'buy BREAD' }, DEED)).toEqual({ ok: true });
    expect(replica.written.map(({ id, op }) => [id, op])).toEqual([
      ['t1', 'update'],
      ['t2', 'update'],
    ]);
  });

  test('adds to a goal what stands there', async () => {
    const replica = replicaOf([record('goals', 'goals', 'g1', { title: 'Run', progress: 0.1 })]);
    await doAsTool(replica, 'log_goal_progress', { goalId: 'g1', amount: 0.2 }, DEED);
    expect(replica.written).toMatchObject([{ id: 'g1', data: { progress: 0.3 } }]);
  });

  test('names the field that is wrong, and writes nothing', async () => {
    const replica = replicaOf([]);
    const saved = await doAsTool(replica, 'create_task', { title: '', dueDate: 'soon' }, DEED);
    expect(saved).toMatchObject({ ok: false, reason: 'invalid_params' });
    expect(saved.ok ? [] : saved.issues.map(({ path }) => path)).toEqual(['title', 'dueDate']);
    expect(replica.written).toEqual([]);
  });

  test('says why it cannot be done', async () => {
    const replica = replicaOf([record('todo', 'tasks', 't1', { title: 'A', completed: true })]);
    expect(await doAsTool(replica, 'complete_task', { taskId: 't1' }, DEED)).toMatchObject({
      ...{ ok: false, reason: 'effect_refused', message: 'The task "A" is completed already.' },
    });
    expect(await doAsTool(replica, 'complete_task', { taskId: 'gone' }, DEED)).toMatchObject({ ok: false });
    expect(replica.written).toEqual([]);
  });

  test('says when there is no room', async () => {
    const replica = replicaOf([], { ok: false, reason: 'storage_full' });
    expect(await doAsTool(replica, 'create_task', { title: 'A' }, DEED)).toEqual({
      ...{ ok: false, reason: 'storage_full', message: '', issues: [] },
    });
  });

  test('is a mistake of the program where there is no such tool', async () => {
    await expect(doAsTool(replicaOf([]), 'launch_rocket', {}, DEED)).rejects.toThrow('launch_rocket');
    await expect(doAsTool(replicaOf([]), 'list_tasks', {}, DEED)).rejects.toThrow('list_tasks');
  });
});
