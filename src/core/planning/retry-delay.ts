const FIRST_MS = 5_000;
const FACTOR = 4;
const LONGEST_MS = 10 * 60_000;

/**
 * How long to wait before the next attempt: 5 s, then four times as long each, up to 10 min, so that five attempts
 * outlast an outage of some minutes. Half of it is jittered, so that many missions that failed together do not return
 * together; never sooner than the server asked (Retry-After).
 * `random` is in [0, 1).
 */
export function retryDelayMs(attempt: number, random: number, retryAfterMs = 0): number {
  const full = fullDelayMs(attempt);
  return Math.max(Math.round(full / 2 + (full / 2) * random), retryAfterMs);
}

/** How long all the waits between so many attempts take at the most, where no server asked for more. */
export function longestBackoffMs(attempts: number): number {
  let sum = 0;
  for (let attempt = 1; attempt < attempts; attempt++) sum += fullDelayMs(attempt);
  return sum;
}

function fullDelayMs(attempt: number): number {
  return Math.min(FIRST_MS * FACTOR ** (attempt - 1), LONGEST_MS);
}
