import { describe, expect, it } from 'vitest';
import type { Aim, ComparedRow, Comparison } from '../../bench/harness/compare.ts';
import { isEqual, judge } from '../../bench/report/judge.ts';

const ratio = (median: number, lowest = median, highest = median) => ({ median, lowest, highest });

function comparison(ours: Partial<ComparedRow>): Comparison {
  const rows: ComparedRow[] = [
    { name: 'floor', kind: 'floor', median: 10, toFloor: ratio(1) },
    { name: 'again', kind: 'noise', median: 10, toFloor: ratio(1, 0.9, 1.1) },
    { name: 'ours', kind: 'ours', median: 10, toFloor: ratio(1), ...ours },
  ];
  return { title: 'push', unit: 'rows/s', rounds: 5, rows };
}

describe('judge', () => {
  it.each<[string, Aim, Partial<ComparedRow>, boolean]>([
    ['a rate above its aim', { to: 'floor', atLeast: 0.5 }, { toFloor: ratio(0.51) }, true],
    ['a rate that is its aim as it is printed', { to: 'floor', atLeast: 0.5 }, { toFloor: ratio(0.496) }, true],
    ['a rate below its aim', { to: 'floor', atLeast: 0.5 }, { toFloor: ratio(0.49) }, false],
    ['a time above its aim', { to: 'floor', atMost: 1.25 }, { toFloor: ratio(1.3) }, false],
    ['a rate as high as the floor, within the noise', { to: 'floor', atLeast: 1 }, { toFloor: ratio(0.91) }, true],
    ['a rate lower than the floor', { to: 'floor', atLeast: 1 }, { toFloor: ratio(0.89) }, false],
    ['a time ahead of the best peer', { to: 'peer', atMost: 1 }, { toPeer: ratio(0.4) }, true],
  ])('%s', (_, aim, row, isReached) => {
    const judged = judge([comparison({ ...row, aims: [aim] })], []);
    expect(judged).toHaveLength(1);
    expect(judged[0]).toMatchObject({ isReached, text: expect.stringContaining('push: ours') });
  });

  it('says nothing of peers where there are none, nor of facts without an aim', () => {
    const aims: Aim[] = [{ to: 'peer', atMost: 1 }];
    expect(judge([comparison({ aims })], [{ name: 'memory', value: 3, unit: 'kB' }])).toEqual([]);
  });

  it('judges facts', () => {
    const facts = [
      { name: 'memory', value: 21, unit: 'kB', atMost: 20 },
      { name: 'plans', value: 1_600, unit: 'plans/s', atLeast: 1_500 },
    ];
    expect(judge([], facts)).toEqual([
      { text: 'memory: at most 20 kB; it is 21', isReached: false },
      { text: 'plans: at least 1,500 plans/s; it is 1,600', isReached: true },
    ]);
  });

  it.each([
    [1.05, true],
    [0.9, true],
    [0.89, false],
    [1.2, false],
  ])('a ratio of %s is equal to a floor that varies by a tenth: %s', (value, equal) => {
    const compared = comparison({ toFloor: ratio(value) });
    expect(isEqual(compared.rows[2] as ComparedRow, compared)).toBe(equal);
  });
});
