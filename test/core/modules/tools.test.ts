import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Tool } from '../../../src/core/modules/module.ts';
import { defaultRegistry } from '../../../src/core/modules/registry.ts';
import { validateRecord } from '../../../src/core/modules/validate-record.ts';
import { contextOf, type Records, toolNamed } from './context.ts';

const ID = 'r1';
const text = fc.string({ maxLength: 60 });
const words = fc.string({ minLength: 1, maxLength: 60 }).filter((s) => s.trim() !== '');
const time = fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
const moment = time.map((date) => date.toISOString());
const day = moment.map((iso) => iso.slice(0, 10));
const degrees = (max: number) => fc.double({ min: -max, max, noNaN: true });
const number = fc.double({ noNaN: true, noDefaultInfinity: true });

/** An object with the required fields and any of the optional ones. */
const params = (
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>> = {},
) => fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required) });

/** Parameters of every kind that each write tool accepts. */
const paramsOf: Record<string, fc.Arbitrary<unknown>> = {
  create_task: params(
    { title: words },
    { notes: text, dueDate: day, priority: fc.constantFrom('low', 'normal', 'high') },
  ),
  complete_task: fc.constant({ taskId: ID }),
  complete_tasks_by_title: fc.constant({ title: 'same' }),
  create_event: params({ title: words, startsAt: moment }, { location: words, notes: text, allDay: fc.boolean() }),
  create_place: params(
    { name: words },
    { address: words, latitude: degrees(90), longitude: degrees(180), notes: text },
  ),
  visit_place: fc.constant({ placeId: ID }),
  create_note: params({ title: words, contentMarkdown: text }),
  append_to_note: params({ noteId: fc.constant(ID), text: words }),
  create_goal: params(
    { title: words },
    { target: number.filter((n) => n > 0), unit: fc.constant(' km'), deadline: day },
  ),
  log_goal_progress: params({ goalId: fc.constant(ID), amount: number.filter((n) => n !== 0) }, { note: text }),
};

describe.each(defaultRegistry.tools.map((tool) => [tool.name, tool] as const))('%s', (_, tool) => {
  it('has parameters that become a JSON schema, each with a description', () => {
    const schema = z.toJSONSchema(tool.parameters, { io: 'input' });
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      expect(field, name).toMatchObject({ type: expect.any(String), description: expect.stringMatching(/\S/) });
    }
  });

  it('bounds every text', () => {
    const { properties = {} } = z.toJSONSchema(tool.parameters, { io: 'input' });
    for (const [name, field] of Object.entries(properties)) {
      if (typeof field === 'boolean' || field.type !== 'string' || field.enum || field.format) continue;
      expect(field.maxLength, name).toEqual(expect.any(Number));
    }
  });

  it('refuses what is no object', () => {
    for (const params of [null, [], 'x', 1, undefined]) expect(tool.parameters.safeParse(params).success).toBe(false);
  });
});

describe('what a write tool writes', () => {
  const writes = defaultRegistry.tools.filter((tool) => tool.kind === 'write');

  it('is tried for every write tool', () => {
    expect(Object.keys(paramsOf).sort()).toEqual(writes.map((tool) => tool.name).sort());
  });

  it.each(writes.map((tool) => tool.name))('%s: is a record as its collection wants it', (name) => {
    const appId = defaultRegistry.moduleOf(name)?.appId ?? '';
    fc.assert(
      fc.property(paramsOf[name] ?? fc.constant({}), (params) => {
        for (const effect of effectsOf(toolNamed(name), params)) {
          const partial = effect.op === 'update';
          const validation = validateRecord(defaultRegistry, appId, effect.tableName, effect.data, { partial });
          expect(validation).toEqual({ ok: true, data: effect.data });
          // As the log will hold it: nothing is lost on the way through JSON, save the sign of -0.
          expect(JSON.stringify(JSON.parse(JSON.stringify(effect.data)))).toBe(JSON.stringify(effect.data));
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each(writes.map((tool) => tool.name))('%s: is the same when its parameters are parsed again', (name) => {
    const { parameters } = toolNamed(name);
    fc.assert(
      fc.property(paramsOf[name] ?? fc.constant({}), (params) => {
        const once = parameters.parse(params);
        expect(parameters.parse(once)).toEqual(once);
      }),
      { numRuns: 30 },
    );
  });

  it.each(writes.map((tool) => tool.name))('%s: is summed up in one line', (name) => {
    const tool = toolNamed(name);
    fc.assert(
      fc.property(paramsOf[name] ?? fc.constant({}), (params) => {
        const summary = tool.kind === 'write' ? tool.summarise(tool.parameters.parse(params)) : '';
        expect(summary).toMatch(/^\S[^\n\r]*$/);
      }),
      { numRuns: 30 },
    );
  });
});

describe('records of other clients', () => {
  const fields = [
    ...new Set(
      defaultRegistry.modules.flatMap(({ collections }) =>
        Object.values(collections).flatMap(({ schema }) => Object.keys(schema.shape)),
      ),
    ),
  ];
  const value = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), moment, day, fc.constant('same'));
  const oddData = fc.dictionary(fc.constantFrom(...fields, 'create_task'), value as fc.Arbitrary<JsonObject[string]>);

  it('can be labelled and described, whatever they hold', () => {
    fc.assert(
      fc.property(oddData, (data) => {
        for (const { collections } of defaultRegistry.modules) {
          for (const collection of Object.values(collections)) {
            expect(collection.label({ id: ID, data })).not.toBe('');
            expect(collection.describe({ id: ID, data })).not.toBe('');
          }
        }
      }),
    );
  });

  it('break no tool', () => {
    const asked: Record<string, JsonObject> = {
      complete_task: { taskId: ID },
      complete_tasks_by_title: { title: 'same' },
      visit_place: { placeId: ID },
      append_to_note: { noteId: ID, text: 'x' },
      log_goal_progress: { goalId: ID, amount: 1 },
      list_tasks: { status: 'all' },
      get_task_stats: {},
      get_todays_events: {},
      get_places: { query: 'a' },
    };
    fc.assert(
      fc.property(oddData, oddData, (one, two) => {
        const records = { [ID]: one, r2: two };
        const context = contextOf({ tasks: records, events: records, places: records, notes: records, goals: records });
        for (const [name, given] of Object.entries(asked)) {
          const tool = toolNamed(name);
          const parsed = tool.parameters.parse(given);
          const answer = tool.kind === 'read' ? tool.read(parsed, context) : tool.apply(parsed, context);
          expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
        }
      }),
    );
  });
});

function effectsOf(tool: Tool, params: unknown) {
  if (tool.kind !== 'write') return [];
  const records: Records = {
    tasks: { [ID]: { title: 'Same', completed: false } },
    places: { [ID]: { name: 'P', visits: 1 } },
    notes: { [ID]: { title: 'N', contentMarkdown: 'a' } },
    goals: { [ID]: { title: 'G', progress: 1 } },
  };
  const result = tool.apply(tool.parameters.parse(params), contextOf(records));
  // An amount too small to count is the one thing that these parameters may ask in vain.
  if (!result.ok) expect([tool.name, result.reason]).toEqual(['log_goal_progress', 'progress_stays']);
  return result.ok ? result.effects : [];
}
