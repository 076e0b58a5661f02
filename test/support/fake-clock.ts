import type { Clock } from '../../src/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time on and runs what falls due, in order. */
  advance(ms: number): void;
}

/** A clock that stands until it is moved. It starts at the real time, since the log refuses times in the future. */
export function fakeClock(start = new Date()): FakeClock {
  let now = start.getTime();
  const timers = new Set<{ at: number; callback: () => void }>();
  return {
    now: () => new Date(now),
    databaseNow: () => new Date(now),
    after(ms, callback) {
      const timer = { at: now + ms, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = end;
    },
  };
}
