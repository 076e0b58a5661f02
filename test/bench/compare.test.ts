import { describe, expect, it } from 'vitest';
import { compare, type Subject } from '../../bench/harness/compare.ts';
import type { Unit } from '../../bench/harness/units.ts';

const rounds = { rounds: 5, warmUp: true, onProgress: () => {} };

/** Measures these values one after the other, and then the last for ever. */
function values(name: string, kind: Subject['kind'], ...all: number[]): Subject {
  let next = 0;
  return { name, ...(kind ? { kind } : {}), measure: async () => all[Math.min(next++, all.length - 1)] as number };
}

function run(unit: Unit, floor: Subject, ...others: Subject[]) {
  return compare({ title: 'a comparison', unit, floor, others }, rounds);
}

describe('compare', () => {
  it('does not count the round that warms up', async () => {
    const { rows } = await run('ms', values('floor', undefined, 10), values('ours', undefined, 9_000, 20));
    expect(rows.find(({ name }) => name === 'ours')).toMatchObject({
      kind: 'ours',
      median: 20,
      toFloor: { median: 2, lowest: 2, highest: 2 },
    });
  });

  it('has the floor twice, and holds the others against the mean of both', async () => {
    let call = 0;
    const floor = { name: 'floor', measure: async () => (call++ % 2 === 0 ? 10 : 30) };
    const { rows } = await run('rows/s', floor, values('ours', undefined, 40));
    expect(rows.map(({ kind }) => kind)).toEqual(['floor', 'noise', 'ours']);
    expect(rows.at(-1)?.toFloor.median).toBe(2);
  });

  it.each([
    ['ms', 0.5],
    ['rows/s', 0.25],
  ] as const)('compares with the best peer: counted in %s', async (unit, toPeer) => {
    const { rows } = await run(
      unit,
      values('floor', undefined, 10),
      values('ours', undefined, 20),
      values('one', 'peer', 40),
      values('two', 'peer', 80),
    );
    expect(rows.find(({ kind }) => kind === 'ours')?.toPeer?.median).toBe(toPeer);
    expect(rows.filter(({ kind }) => kind === 'peer').every((row) => row.toPeer === undefined)).toBe(true);
  });

  it('takes a round as the median of its samples, and the tail from all of them', async () => {
    const samples = Array.from({ length: 100 }, (_, index) => index + 1);
    const floor = { name: 'floor', measure: async () => samples };
    const { rows } = await run('ms', floor);
    expect(rows[0]).toMatchObject({ median: 50.5 });
    expect(rows[0]?.p99).toBeCloseTo(99, 0);
  });

  it('lets the rows take turns within a round', async () => {
    const order: string[] = [];
    const subject = (name: string) => ({
      name,
      measure: async () => {
        order.push(name);
        return 1;
      },
    });
    await compare(
      { title: 't', unit: 'ms', turns: 3, floor: subject('floor'), others: [subject('ours')] },
      { rounds: 1, warmUp: false, onProgress: () => {} },
    );
    expect(order).toHaveLength(9);
    for (let turn = 0; turn < 3; turn++) expect(new Set(order.slice(turn * 3, turn * 3 + 3)).size).toBe(2);
  });
});
