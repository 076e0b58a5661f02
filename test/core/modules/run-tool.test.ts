import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Effect, type Need, type WriteTool, writeTool } from '../../../src/core/modules/module.ts';
import { createRegistry, defaultRegistry } from '../../../src/core/modules/registry.ts';
import { runTool } from '../../../src/core/modules/run-tool.ts';

const toolOf = (name: string) => defaultRegistry.tool(name) as WriteTool;
const task = { id: 't1', data: { title: 'Buy milk' } };

function context(records: (typeof task)[] = []) {
  const asked: [string, Need[]][] = [];
  return {
    asked,
    now: new Date('2026-03-01T10:00:00.000Z'),
    timeZone: 'UTC',
    proposalId: 'p1',
    async read(appId: string, needs: Need[]) {
      asked.push([appId, needs]);
      return { find: (_: string, id: string) => records.find((one) => one.id === id), list: () => records };
    },
  };
}

describe('a run', () => {
  test('makes a record under the id of the proposal, of parameters as the schema completes them', async () => {
    const run = await runTool(defaultRegistry, toolOf('create_task'), { title: ' Buy milk ' }, context());
    expect(run).toEqual({
      ok: true,
      appId: 'todo',
      params: { title: 'Buy milk' },
      effects: [{ tableName: 'tasks', recordId: 'p1', op: 'insert', data: { title: 'Buy milk', completed: false } }],
    });
  });

  test('sees the records that the tool needs, of its own module', async () => {
    const world = context([task]);
    const run = await runTool(defaultRegistry, toolOf('complete_task'), { taskId: 't1' }, world);
    expect(world.asked).toEqual([['todo', [{ table: 'tasks', id: 't1' }]]]);
    expect(run).toMatchObject({ effects: [{ recordId: 't1', op: 'update', data: { completed: true } }] });
  });

  test('of several records numbers all but the first', async () => {
    const two = writeTool({
      name: 'two',
      description: '',
      parameters: z.object({}),
      needs: () => [],
      summarise: () => '',
      apply: (_, { newId }) => ({
        ok: true,
        effects: [0, 1, 2].map((n): Effect => ({ tableName: 'x', recordId: newId(n), op: 'insert', data: {} })),
      }),
    }) as WriteTool;
    const registry = createRegistry([{ appId: 'a', title: 'A', collections: {}, tools: [two] }]);
    expect(await runTool(registry, two, {}, context())).toMatchObject({
      effects: [{ recordId: 'p1' }, { recordId: 'p1-1' }, { recordId: 'p1-2' }],
    });
  });
});

describe('no run', () => {
  test('of parameters that are none', async () => {
    const run = await runTool(defaultRegistry, toolOf('create_task'), { titel: 'x' }, context());
    expect(run).toMatchObject({
      ok: false,
      reason: 'invalid_params',
      issues: [
        { path: 'params.title', message: 'is required' },
        { path: 'params.titel', message: 'is not a known field' },
      ],
    });
  });

  test('of what the tool refuses, or what would make no valid record', async () => {
    const gone = await runTool(defaultRegistry, toolOf('complete_task'), { taskId: 't1' }, context());
    expect(gone).toMatchObject({ ok: false, reason: 'effect_refused', issues: [] });
    const careless = writeTool({
      ...{ name: 'careless', description: '', parameters: z.object({}), needs: () => [], summarise: () => '' },
      apply: () => ({ ok: true, effects: [{ tableName: 'tasks', recordId: 't1', op: 'update', data: { title: 5 } }] }),
    }) as WriteTool;
    const { collections, title } = defaultRegistry.module('todo') ?? { collections: {}, title: '' };
    const registry = createRegistry([{ appId: 'todo', title, collections, tools: [careless] }]);
    expect(await runTool(registry, careless, {}, context([task]))).toMatchObject({
      ok: false,
      reason: 'effect_refused',
      issues: [{ path: 'title' }],
    });
  });
});
