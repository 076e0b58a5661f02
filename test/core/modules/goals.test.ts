import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { accepts, apply, contextOf, describeRecord } from './context.ts';

describe('create_goal', () => {
  it('starts with no progress', () => {
    expect(apply('create_goal', { title: 'Run', target: 100, unit: 'km', deadline: '2026-12-31' })).toMatchObject({
      effects: [{ op: 'insert', data: { title: 'Run', target: 100, unit: 'km', progress: 0, deadline: '2026-12-31' } }],
    });
  });

  it.each([
    ['a target of 0', { target: 0 }],
    ['a negative target', { target: -1 }],
    ['a deadline that does not exist', { deadline: '2026-13-01' }],
    ['progress', { progress: 4 }],
  ])('refuses %s', (_, params) => {
    expect(accepts('create_goal', { title: 'x', ...params } as JsonObject)).toBe(false);
  });
});

describe('log_goal_progress', () => {
  const log = (data: JsonObject, params: JsonObject) =>
    apply('log_goal_progress', { goalId: 'g', ...params }, contextOf({ goals: { g: data } }));

  it.each([
    ['adds', { progress: 2 }, 3, 5],
    ['takes back', { progress: 2 }, -3, -1],
    ['starts from 0 when absent', {}, 3, 3],
    ['starts from 0 when unreadable', { progress: '2' }, 3, 3],
    ['adds decimals as a person would', { progress: 0.1 }, 0.2, 0.3],
    ['adds large integers exactly', { progress: 9_007_199_254_740_990 }, 1, 9_007_199_254_740_991],
  ])('%s', (_, data, amount, progress) => {
    expect(log(data, { amount })).toEqual({
      ok: true,
      effects: [{ tableName: 'goals', recordId: 'g', op: 'update', data: { progress } }],
    });
  });

  it('keeps the newest note', () => {
    expect(log({ progress: 1 }, { amount: 1, note: 'rain' })).toMatchObject({
      effects: [{ data: { progress: 2, lastProgressNote: 'rain' } }],
    });
  });

  it.each([0, -0, Number.NaN, Number.POSITIVE_INFINITY, '3'])('refuses the amount %s', (amount) => {
    expect(accepts('log_goal_progress', { goalId: 'g', amount })).toBe(false);
  });

  it('changes nothing when the sum is no other number, or none', () => {
    expect(log({ progress: 1e300 }, { amount: 1 })).toMatchObject({ ok: false, reason: 'progress_stays' });
    expect(log({ progress: 1.7e308 }, { amount: 1.7e308 })).toMatchObject({ ok: false, reason: 'progress_stays' });
  });

  it('names the id of a goal that does not exist', () => {
    const result = apply('log_goal_progress', { goalId: 'zz', amount: 1 });
    expect(result).toMatchObject({ reason: 'record_not_found', message: 'There is no goal with the id "zz".' });
  });
});

it('describes a goal', () => {
  const data = { title: 'Run', target: 100, unit: 'km', progress: 12.5, deadline: '2026-12-31' };
  expect(describeRecord('goals', 'goals', data, 'g1')).toBe(
    'Goal: Run (id g1)\nProgress: 12.5 km of 100 km\nDeadline: 2026-12-31',
  );
  expect(describeRecord('goals', 'goals', { title: 'Read', unit: 3 }, 'g1')).toBe('Goal: Read (id g1)\nProgress: 0');
});
