import type { Clock } from '../clock.ts';

export interface RateLimit {
  /** Counts a request of the user's. Null: go ahead; else the whole seconds, at least one, after which the next is let in. */
  take(userId: string): number | null;
}

export interface RateLimitOptions {
  /** Requests that each user has per minute, all along. */
  perMinute: number;
  /** Requests that may come at once after a quiet time. */
  burst: number;
  clock: Clock;
  /** How many users are kept count of; beyond it the longest quiet one starts anew. */
  maxUsers?: number;
}

/**
 * A token bucket for each user, in the memory of this process: with several processes each allows as much. A bucket that
 * has filled up again says the same as none, so memory holds only who came lately.
 */
export function createRateLimit({ perMinute, burst, clock, maxUsers = 100_000 }: RateLimitOptions): RateLimit {
  // A request costs as many units as a minute has milliseconds, and each millisecond brings `perMinute`: whole numbers only.
  const full = burst * COST;
  const fillMs = full / perMinute;
  /** The longest quiet user first. */
  const buckets = new Map<string, { units: number; at: number }>();

  function forgetQuiet(now: number): void {
    for (const [userId, { at }] of buckets) {
      if (now - at < fillMs && buckets.size <= maxUsers) return;
      buckets.delete(userId);
    }
  }

  return {
    take(userId) {
      const now = clock.now().getTime();
      const bucket = buckets.get(userId) ?? { units: full, at: now };
      // A clock that was set back brings nothing, and takes nothing away.
      const units = Math.min(full, bucket.units + Math.max(0, now - bucket.at) * perMinute);
      const allowed = units >= COST;
      buckets.delete(userId);
      buckets.set(userId, { units: allowed ? units - COST : units, at: now });
      forgetQuiet(now);
      return allowed ? null : Math.ceil((COST - units) / perMinute / 1_000);
    },
  };
}

const COST = 60_000;
