import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { sameJson } from '../../src/core/same-json.ts';
import { canonical } from './log/histories.ts';

test('is what one canonical text is', () => {
  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(sameJson(a, b)).toBe(canonical(a) === canonical(b));
      expect(sameJson(a, JSON.parse(JSON.stringify(a)))).toBe(true);
    }),
  );
});

test.each<[Json | undefined, Json | undefined, boolean]>([
  [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
  [{ a: null }, {}, false],
  [{}, { a: null }, false],
  [[], {}, false],
  [[1, 2], [2, 1], false],
  [JSON.parse('{"__proto__":1}'), {}, false],
  [JSON.parse('{"toString":1}'), JSON.parse('{"__proto__":1}'), false],
  [null, undefined, false],
  ['1', 1, false],
])('%j and %j: %s', (a, b, same) => {
  expect(sameJson(a, b)).toBe(same);
});
