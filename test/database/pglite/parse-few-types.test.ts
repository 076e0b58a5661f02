import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../../src/database/pglite/supervise-engine.ts';
import { openMemoryEngine } from '../../support/engine-in-this-thread.ts';
import { query } from './query.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openMemoryEngine();
});
afterAll(() => engine?.close());

test('the common types and arrays of them come as values', async () => {
  const rows = await query(
    engine,
    `select true as b, 5::int4 as i, 6::int8 as l, 1.5::float8 as d, '{"a":[1]}'::jsonb as j, 'x' as t, null::text as n,
      array['a', 'b'] as texts, array[1, 2] as ints, array[3]::int8[] as longs, array['{}'::jsonb] as trees,
      array['a']::name[] as names`,
  );
  expect(rows).toEqual([
    {
      ...{ b: true, i: 5, l: 6, d: 1.5, j: { a: [1] }, t: 'x', n: null },
      ...{ texts: ['a', 'b'], ints: [1, 2], longs: [3], trees: [{}], names: ['a'] },
    },
  ]);
});
