const FIRST_MS = 2_000;
const LONGEST_MS = 10 * 60_000;

/**
 * How long to wait before the next attempt: doubling from 2 s up to 10 min, half of it jittered so that many missions
 * that failed together do not return together; never sooner than the server asked (Retry-After).
 * `random` is in [0, 1).
 */
export function retryDelayMs(attempt: number, random: number, retryAfterMs = 0): number {
  const full = Math.min(FIRST_MS * 2 ** (attempt - 1), LONGEST_MS);
  return Math.max(Math.round(full / 2 + (full / 2) * random), retryAfterMs);
}
