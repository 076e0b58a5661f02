import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { defaultRegistry } from '../../../src/core/modules/registry.ts';
import { validateRecord } from '../../../src/core/modules/validate-record.ts';

const whole = (appId: string, table: string, data: JsonObject) =>
  validateRecord(defaultRegistry, appId, table, data, { partial: false });
const partial = (appId: string, table: string, data: JsonObject) =>
  validateRecord(defaultRegistry, appId, table, data, { partial: true });

describe('a whole record', () => {
  it('gets its defaults, is trimmed and keeps unknown fields', () => {
    expect(whole('todo', 'tasks', { title: ' a ', colour: { r: 1 } })).toEqual({
      ok: true,
      data: { title: 'a', colour: { r: 1 }, completed: false },
    });
  });

  it('names every wrong field', () => {
    expect(whole('todo', 'tasks', { dueDate: '2026-02-30', completed: 'no' })).toEqual({
      ok: false,
      issues: [
        { path: 'title', message: 'is required' },
        { path: 'dueDate', message: 'must be a real date as YYYY-MM-DD' },
        { path: 'completed', message: expect.stringContaining('expected boolean') },
      ],
    });
  });

  it('takes null for an optional field: a field is cleared so', () => {
    const data = { title: 'a', notes: null, dueDate: null, completed: true, completedAt: null, priority: null };
    expect(whole('todo', 'tasks', data)).toEqual({ ok: true, data });
  });

  it('checks the rule between two fields', () => {
    const data = { title: 'a', startsAt: '2026-03-01T10:00:00Z', endsAt: '2026-03-01T10:00:00Z' };
    expect(whole('calendar', 'events', data)).toEqual({
      ok: false,
      issues: [{ path: 'endsAt', message: 'must be after startsAt' }],
    });
  });

  it('gives the way into a nested field', () => {
    const data = { title: 'M', objective: 'o', inputs: [{ appId: 'notes', table: 'notes' }] };
    expect(whole('ai', 'aiMissions', data)).toEqual({
      ok: false,
      issues: [{ path: 'inputs.0.id', message: 'is required' }],
    });
    const extra = { title: 'M', objective: 'o', inputs: [{ appId: 'notes', table: 'notes', id: 'n', x: 1, y: 2 }] };
    expect(whole('ai', 'aiMissions', extra)).toMatchObject({
      issues: [{ path: 'inputs.0.x' }, { path: 'inputs.0.y', message: 'is not a known field' }],
    });
  });

  it.each([
    ['places', 'places', { name: 'P', visits: -1 }, 'visits'],
    ['places', 'places', { name: 'P', visits: 1.5 }, 'visits'],
    ['notes', 'notes', { title: 'N', contentMarkdown: 'x'.repeat(100_001) }, 'contentMarkdown'],
    ['goals', 'goals', { title: 'G', target: 0 }, 'target'],
    ['ai', 'aiMissions', { title: 'M', objective: 'o', timeZone: 'Mars/Olympus' }, 'timeZone'],
  ])('of %s/%s is refused for %o', (appId, table, data, path) => {
    expect(whole(appId, table, data)).toMatchObject({ ok: false, issues: [{ path }] });
  });
});

describe('a partial record', () => {
  it('is checked in the fields that it has, and gets no defaults', () => {
    expect(partial('todo', 'tasks', { notes: 'n' })).toEqual({ ok: true, data: { notes: 'n' } });
    expect(partial('todo', 'tasks', { title: ' a ', extra: 1 })).toEqual({ ok: true, data: { title: 'a', extra: 1 } });
    expect(partial('todo', 'tasks', {})).toEqual({ ok: true, data: {} });
    expect(partial('ai', 'aiMissions', { state: 'paused' })).toEqual({ ok: true, data: { state: 'paused' } });
  });

  it('names only the fields that it has', () => {
    expect(partial('todo', 'tasks', { priority: 'urgent' })).toMatchObject({
      ok: false,
      issues: [{ path: 'priority' }],
    });
    expect(partial('todo', 'tasks', { title: null })).toMatchObject({ ok: false, issues: [{ path: 'title' }] });
    expect(partial('todo', 'tasks', { completed: null })).toMatchObject({ ok: false, issues: [{ path: 'completed' }] });
  });

  it('checks the rule between two fields when it has both', () => {
    const [startsAt, endsAt] = ['2026-03-01T10:00:00Z', '2026-03-01T09:00:00Z'];
    expect(partial('calendar', 'events', { startsAt, endsAt })).toMatchObject({ issues: [{ path: 'endsAt' }] });
    expect(partial('calendar', 'events', { endsAt })).toEqual({ ok: true, data: { endsAt } });
  });
});

it.each([
  ['todo', 'recipes'],
  ['todo', 'constructor'],
  ['kitchen', 'tasks'],
])('takes %s/%s, which no module declares, as it is', (appId, table) => {
  const data = { anything: [1, { deep: null }] };
  expect(whole(appId, table, data)).toEqual({ ok: true, data });
  expect(partial(appId, table, data)).toEqual({ ok: true, data });
});

it.each([
  ['todo', 'tasks'],
  ['kitchen', 'recipes'],
])('refuses the reserved field deletedAt in %s/%s', (appId, table) => {
  for (const check of [whole, partial]) {
    expect(check(appId, table, { title: 'a', deletedAt: null })).toMatchObject({
      ok: false,
      issues: [{ path: 'deletedAt', message: expect.stringContaining('reserved') }],
    });
  }
});

it('checks the policy record against the tools that exist', () => {
  for (const check of [whole, partial]) {
    expect(check('ai', 'aiPolicy', { create_task: 'auto' })).toEqual({ ok: true, data: { create_task: 'auto' } });
    expect(check('ai', 'aiPolicy', { fly: 'auto' })).toMatchObject({ ok: false, issues: [{ path: 'fly' }] });
  }
});

it('does not change what it was given', () => {
  const data = { title: ' a ' };
  whole('todo', 'tasks', data);
  expect(data).toEqual({ title: ' a ' });
});
