import { expect, it } from 'vitest';
import { createRateLimit } from '../../src/http/rate-limit.ts';
import { fakeClock } from '../support/fake-clock.ts';

const clock = fakeClock();
const takeAll = (limit: { take(userId: string): number | null }, userId: string, times: number) =>
  Array.from({ length: times }, () => limit.take(userId));

it('lets a burst in, then says when the next one is', () => {
  const limit = createRateLimit({ perMinute: 60, burst: 3, clock });
  expect(takeAll(limit, 'ana', 5)).toEqual([null, null, null, 1, 1]);
  expect(limit.take('ben')).toBeNull();
  clock.advance(999);
  expect(limit.take('ana')).toBe(1);
  clock.advance(1);
  expect(takeAll(limit, 'ana', 2)).toEqual([null, 1]);
  clock.advance(3_600_000);
  expect(takeAll(limit, 'ana', 4)).toEqual([null, null, null, 1]);
});

it('keeps its word: who waits as told is let in', () => {
  for (const perMinute of [1, 7, 13, 59, 61, 600, 9_999]) {
    const limit = createRateLimit({ perMinute, burst: 1, clock });
    for (let i = 0; i < 20; i++) {
      expect(limit.take('ana')).toBeNull();
      const wait = limit.take('ana');
      expect(wait).toBe(Math.ceil(60 / perMinute));
      clock.advance((wait ?? 0) * 1_000);
    }
  }
});

it('gives exactly the rate over a long time', () => {
  const limit = createRateLimit({ perMinute: 7, burst: 1, clock });
  let allowed = 0;
  for (let ms = 0; ms < 60 * 60_000; ms += 100) {
    if (limit.take('ana') === null) allowed++;
    clock.advance(100);
  }
  expect(allowed).toBeGreaterThan(415);
  expect(allowed).toBeLessThanOrEqual(421);
});

it('survives a clock that is set back', () => {
  const limit = createRateLimit({ perMinute: 60, burst: 1, clock });
  expect(limit.take('ana')).toBeNull();
  clock.advance(-3_600_000);
  expect(limit.take('ana')).toBe(1);
  clock.advance(1_000);
  expect(limit.take('ana')).toBeNull();
});

it('keeps count of a bounded number of users; the longest quiet one starts anew', () => {
  const limit = createRateLimit({ perMinute: 1, burst: 1, clock, maxUsers: 2 });
  expect([limit.take('a'), limit.take('b'), limit.take('a')]).toEqual([null, null, 60]);
  expect(limit.take('c')).toBeNull();
  expect([limit.take('a'), limit.take('c')]).toEqual([60, 60]);
  expect(limit.take('b')).toBeNull();
});
