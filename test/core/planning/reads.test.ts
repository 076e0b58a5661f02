import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import type { RecordView, ToolContext } from '../../../src/core/modules/module.ts';
import { defaultRegistry } from '../../../src/core/modules/registry.ts';
import { buildPlanRequest, inputReads } from '../../../src/core/planning/plan-request.ts';
import { inputRead, mergeReads, toolReads } from '../../../src/core/planning/reads.ts';
import { planRequest } from '../../support/planning.ts';

/** Two values of each field of every collection, that a prompt which shows the field must tell apart. */
const VALUES: Record<string, Record<string, [Json, Json]>> = {
  tasks: {
    ...{ title: ['Pack', 'Call'], notes: ['a', 'b'], dueDate: ['2026-03-01', '2026-03-02'], completed: [false, true] },
    ...{ completedAt: ['2026-03-01T10:00:00Z', '2026-03-02T10:00:00Z'], priority: ['low', 'high'] },
  },
  events: {
    ...{ title: ['A', 'B'], startsAt: ['2026-03-01T10:00:00Z', '2026-03-01T11:00:00Z'], allDay: [false, true] },
    ...{ endsAt: ['2026-03-01T12:00:00Z', '2026-03-01T13:00:00Z'], location: ['here', 'there'], notes: ['a', 'b'] },
  },
  places: {
    ...{ name: ['A', 'B'], address: ['a', 'b'], latitude: [1, 2], longitude: [1, 2], notes: ['a', 'b'] },
    ...{ visits: [1, 2], lastVisitedAt: ['2026-03-01T10:00:00Z', '2026-03-02T10:00:00Z'] },
  },
  notes: { title: ['A', 'B'], contentMarkdown: ['a', 'b'] },
  goals: {
    ...{ title: ['A', 'B'], target: [10, 20], unit: ['km', 'pages'], progress: [1, 2] },
    ...{ deadline: ['2026-03-01', '2026-03-02'], lastProgressNote: ['a', 'b'] },
  },
  aiMissions: {
    ...{ title: ['A', 'B'], objective: ['a', 'b'], conceptMarkdown: ['a', 'b'], state: ['active', 'paused'] },
    ...{ inputs: [[], [{}]], cadence: [{ kind: 'manual' }, {}], timeZone: ['UTC', 'Europe/Berlin'] },
    replanOn: [null, 'inputs'],
    dailyTokens: [null, 100_000],
  },
  aiIterations: { missionId: ['m', 'n'], summary: ['a', 'b'], overallStatus: ['planned', 'failed'] },
  aiProposals: {
    ...{ missionId: ['m', 'n'], iterationId: ['m-1', 'm-2'], toolName: ['create_task', 'create_note'] },
    ...{ rationale: ['a', 'b'], status: ['pending', 'approved'] },
  },
};
const collections = defaultRegistry.modules.flatMap(({ appId, collections }) =>
  Object.entries(collections).map(([table, collection]) => ({ appId, table, collection })),
);

/** Which fields show: a change of one of them alone changes the text. */
function shownBy(table: string, textOf: (record: RecordView) => string): string[] {
  const values = VALUES[table] ?? {};
  const base = Object.fromEntries(Object.entries(values).map(([field, [value]]) => [field, value]));
  return Object.entries(values).flatMap(([field, [, other]]) =>
    textOf({ id: 'r', data: base }) === textOf({ id: 'r', data: { ...base, [field]: other } }) ? [] : [field],
  );
}

describe('what a module says that it shows', () => {
  test.each(collections.filter(({ collection }) => collection.shows))(
    'is what the prompt shows of a record: $appId/$table',
    ({ table, collection }) => {
      expect(Object.keys(VALUES[table] ?? {}).sort()).toEqual(Object.keys(collection.schema.shape).sort());
      expect(shownBy(table, (record) => collection.describe(record)).sort()).toEqual(
        [...(collection.shows ?? [])].sort(),
      );
    },
  );

  test.each(defaultRegistry.tools.filter((tool) => tool.kind === 'read'))('is what $name answers', (tool) => {
    for (const [table, fields] of Object.entries(tool.shows)) {
      const answerTo = (record: RecordView): JsonObject => {
        const context = { now: new Date('2026-03-01T09:00:00Z'), timeZone: 'UTC', list: () => [record] };
        const params = tool.parameters.safeParse({ status: 'all' }).data ?? tool.parameters.parse({});
        return tool.read(params, context as unknown as ToolContext) as JsonObject;
      };
      expect(shownBy(table, (record) => JSON.stringify(answerTo(record)[table])).sort()).toEqual([...fields].sort());
      expect(answerTo({ id: 'r', data: { title: 'A', startsAt: '2026-03-01T10:00:00Z' } })[table]).toMatchObject([
        { id: 'r' },
      ]);
    }
  });
});

describe('the reads of a plan', () => {
  const NOTE = { appId: 'notes', table: 'notes', id: 'n1' };
  const read = (input: Partial<Parameters<typeof inputRead>[2]>) =>
    inputRead(defaultRegistry, 'm1', { ...NOTE, data: { title: 'A' }, ...input });

  test('name the fields that its module shows, whether the record has them or not', () => {
    expect(read({})).toEqual({ ...NOTE, fields: ['title', 'contentMarkdown'] });
  });

  test('of a record of no module are all its fields; of one that is not there, only that', () => {
    expect(read({ appId: 'crm', data: { a: 1, b: 2 } })).toMatchObject({ appId: 'crm', fields: ['a', 'b'] });
    expect(read({ data: null })).toEqual({ ...NOTE, fields: ['deletedAt'] });
  });

  test('are none of what names no record, and of the mission itself', () => {
    expect(read({ id: null })).toBeNull();
    expect(read({ appId: '' })).toBeNull();
    expect(read({ appId: 'ai', table: 'aiMissions', id: 'm1' })).toBeNull();
    expect(read({ appId: 'ai', table: 'aiMissions', id: 'm2' })).not.toBeNull();
  });

  test('are of those inputs that fit into the prompt, each record once', () => {
    const inputs = ['a', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((id) => ({
      ...{ ...NOTE, id },
      data: { title: id, contentMarkdown: 'x'.repeat(5_000) },
    }));
    const material = { missionId: 'm1', mission: {}, iterations: [], inputs, policy: {} };
    const request = buildPlanRequest(defaultRegistry, planRequest().mission, material, [], new Date(0));
    expect(inputReads(defaultRegistry, material, request).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('of a tool are the records that its answer lists', () => {
    const tool = defaultRegistry.tool('list_tasks');
    if (tool?.kind !== 'read') throw new Error('list_tasks is no read tool');
    const shown = toolReads('todo', tool, { total: 2, tasks: [{ id: 't1' }, { id: 't2' }] }, 7);
    expect(shown.map(({ table, id, sawPosition }) => ({ table, id, sawPosition }))).toEqual([
      { table: 'tasks', id: 't1', sawPosition: 7 },
      { table: 'tasks', id: 't2', sawPosition: 7 },
    ]);
    expect(toolReads('todo', tool, { error: 'no' }, 7)).toEqual([]);
  });

  test('of one record unite its fields, as of the first look', () => {
    const first = { ...NOTE, fields: ['title'] };
    const later = { ...NOTE, fields: ['title', 'contentMarkdown'], sawPosition: 9 };
    expect(mergeReads([first, later])).toEqual([{ ...NOTE, fields: ['title', 'contentMarkdown'] }]);
    expect(mergeReads([later, { ...later, sawPosition: 12 }])).toEqual([later]);
  });
});
