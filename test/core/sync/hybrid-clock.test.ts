import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  correct,
  type HybridClock,
  latestAllowed,
  MAX_SKEW_MS,
  NEW_CLOCK,
  observe,
  tick,
} from '../../../src/core/sync/hybrid-clock.ts';

const NOW = Date.UTC(2026, 2, 1, 10);
const at = (ms: number) => new Date(NOW + ms).toISOString();

describe('a stamp', () => {
  test("is the device's time", () => {
    expect(tick(NEW_CLOCK, NOW).stamp).toBe(at(0));
  });

  test('comes later than the one before, though the device stands still or goes back', () => {
    const first = tick(NEW_CLOCK, NOW);
    const second = tick(first.clock, NOW);
    const third = tick(second.clock, NOW - 3_600_000);
    expect([second.stamp, third.stamp]).toEqual([at(1), at(2)]);
    expect(tick(third.clock, NOW + 10).stamp).toBe(at(10));
  });

  test('comes later than what was seen in the log, however slow the device is', () => {
    const { clock, stamp } = tick(observe(NEW_CLOCK, [at(3_600_000), at(5)]), NOW);
    expect(stamp).toBe(at(3_600_001));
    expect(clock.seen).toBe(at(3_600_000));
  });

  test('is like every stamp of the log 24 characters long, at the turn of a millennium too', () => {
    expect(tick({ ...NEW_CLOCK, last: '1999-12-31T23:59:59.999Z' }, 0).stamp).toBe('2000-01-01T00:00:00.000Z');
  });
});

describe('a clock that the service found to be ahead', () => {
  const ahead = tick(NEW_CLOCK, NOW + 3_600_000).clock;

  test("follows the service's from then on", () => {
    const corrected = correct(ahead, { serverTime: at(0), nowMs: NOW + 3_600_000, kept: [] });
    expect(corrected.aheadMs).toBe(3_600_000);
    expect(tick(corrected, NOW + 3_600_000 + 500).stamp).toBe(at(500));
  });

  test('goes on after what is kept and was seen, as far as the log takes that', () => {
    const seen = { ...ahead, seen: at(20_000) };
    const kept = [at(30_000), at(MAX_SKEW_MS + 1)];
    const corrected = correct(seen, { serverTime: at(0), nowMs: NOW + 3_600_000, kept });
    expect(tick(corrected, NOW + 3_600_000).stamp).toBe(at(30_001));
  });

  test('is not set ahead by a service whose clock is', () => {
    expect(correct(NEW_CLOCK, { serverTime: at(10_000), nowMs: NOW, kept: [] }).aheadMs).toBe(0);
  });
});

test('the log takes what is a minute ahead', () => {
  expect(latestAllowed(at(0))).toBe(at(60_000));
});

test('whatever happens, a stamp is later than all given and seen before; a correction alone takes it back', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('tick' as const), now: fc.integer({ min: -5, max: 5 }) }),
    fc.record({ kind: fc.constant('observe' as const), stamp: fc.integer({ min: -5, max: 20 }) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      let clock: HybridClock = NEW_CLOCK;
      let greatest = '';
      for (const one of events) {
        if (one.kind === 'observe') {
          clock = observe(clock, [at(one.stamp)]);
          greatest = greatest > at(one.stamp) ? greatest : at(one.stamp);
        } else {
          const ticked = tick(clock, NOW + one.now);
          expect(ticked.stamp > greatest).toBe(true);
          clock = ticked.clock;
          greatest = ticked.stamp;
        }
      }
    }),
  );
});
