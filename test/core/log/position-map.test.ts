import { expect, test } from 'vitest';
import { createPositionMap } from '../../../src/core/log/position-map.ts';

test('tells where archived positions are, over runs that moved by different distances', () => {
  const map = createPositionMap();
  for (const [archived, here] of [
    [1, 1],
    [2, 2],
    [3, 10],
    [4, 11],
    [5, 13],
  ] as const) {
    map.add(archived, here);
  }
  expect([1, 2, 3, 4, 5].map(map.toHere)).toEqual([1, 2, 10, 11, 13]);
  expect([0, 6].map(map.toHere)).toEqual([undefined, undefined]);
});
