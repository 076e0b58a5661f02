import { describe, expect, test } from 'vitest';
import { nextBatch, type OutboxEntry } from '../../../src/core/sync/next-batch.ts';

const LIMITS = { changes: 3, characters: 100 };
const change = (name: string, touches: string, over: Partial<OutboxEntry> = {}) => ({
  name,
  ...{ appId: 'todo', kind: 'change' as const, state: 'waiting' as const, characters: 10 },
  touches: touches.split(' '),
  ...over,
});
const decision = (name: string, touches: string, over: Partial<OutboxEntry> = {}) =>
  change(name, touches, { appId: 'ai', kind: 'decision', ...over });
const names = (rows: ReturnType<typeof change>[]) => nextBatch(rows, LIMITS).map(({ name }) => name);

describe('the next batch', () => {
  test('is empty where there is nothing', () => {
    expect(names([])).toEqual([]);
  });

  test('goes on from what is acknowledged, and takes what went out without an answer once more', () => {
    const rows = [
      change('a', 'r1', { state: 'acknowledged' }),
      change('b', 'r2', { state: 'sending' }),
      change('c', 'r1'),
    ];
    expect(names(rows)).toEqual(['b', 'c']);
  });

  test('is of one application, and ends where another begins: what was made in an order arrives in it', () => {
    expect(names([change('a', 'r1'), change('b', 'm1', { appId: 'ai' }), change('c', 'r2')])).toEqual(['a']);
  });

  test('has so many changes and characters at most, but one in any case', () => {
    expect(names(['a', 'b', 'c', 'd'].map((name) => change(name, name)))).toEqual(['a', 'b', 'c']);
    const sized = (...sizes: number[]) =>
      sizes.map((characters, index) => change(`${index}`, `${index}`, { characters }));
    expect(names(sized(60, 40, 1))).toEqual(['0', '1']);
    expect(names(sized(101, 1))).toEqual(['0']);
  });
});

describe('a change of a record that a decision is foreseen to change', () => {
  test('waits for the effects, and so do later changes of that record', () => {
    const rows = [decision('d', 'p1 r1'), change('a', 'r1'), change('b', 'r2'), change('c', 'r1')];
    expect(names(rows)).toEqual(['d']);
    const sent = [decision('d', 'p1 r1', { state: 'acknowledged' }), ...rows.slice(1)];
    expect(names(sent)).toEqual(['b']);
    expect(names(rows.slice(1))).toEqual(['a', 'b', 'c']);
  });

  test('goes where it came before the decision', () => {
    expect(names([change('a', 'r1'), decision('d', 'p1 r1')])).toEqual(['a']);
  });

  test('holds up a decision on the same record, but one decision does not hold up another', () => {
    const first = decision('d', 'p1 r1');
    expect(names([first, decision('e', 'p2 r1')])).toEqual(['d', 'e']);
    expect(names([first, change('a', 'r1'), decision('e', 'p2 r1')])).toEqual(['d']);
  });

  test('may be of the proposal itself', () => {
    expect(names([decision('d', 'p1 r1'), change('a', 'p1', { appId: 'ai' })])).toEqual(['d', 'a']);
  });
});
