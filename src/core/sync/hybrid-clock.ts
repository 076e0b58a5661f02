import { formatStamp } from '../log/stamp.ts';

/**
 * A hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014): its stamps follow the device's clock, and are
 * later than every stamp that was given or seen before, so an edit never loses to what it was made on top of, however slow
 * the device's clock is. The paper's counter is here the next millisecond, since that is all that a stamp of the log holds.
 */
export interface HybridClock {
  /** The greatest stamp given or seen. */
  last: string;
  /** The greatest stamp seen in the log. */
  seen: string;
  /** How far the device's clock runs ahead of the service's, as far as the service has said so; milliseconds. */
  aheadMs: number;
}

/** The log refuses what is stamped further ahead of its clock: see db/functions/normalise_stamp.sql. */
export const MAX_SKEW_MS = 60_000;

const BEGINNING = formatStamp(new Date(0));
export const NEW_CLOCK: HybridClock = { last: BEGINNING, seen: BEGINNING, aheadMs: 0 };

/** Gives the next stamp. `nowMs` is the device's clock. */
export function tick(clock: HybridClock, nowMs: number): { clock: HybridClock; stamp: string } {
  const stamp = later(stampAt(nowMs - clock.aheadMs), after(clock.last));
  return { clock: { ...clock, last: stamp }, stamp };
}

/** Takes note of stamps of the log; what is stamped from now on is later. */
export function observe(clock: HybridClock, stamps: Iterable<string>): HybridClock {
  let seen = clock.seen;
  for (const stamp of stamps) seen = later(seen, stamp);
  return { ...clock, seen, last: later(clock.last, seen) };
}

/**
 * Follows the service's clock after it has refused a stamp as lying in the future. Stamps that are still acceptable
 * (`kept`, and those seen) stay before the next one, so that what follows an edit does not lose to it.
 */
export function correct(
  clock: HybridClock,
  { serverTime, nowMs, kept }: { serverTime: string; nowMs: number; kept: Iterable<string> },
): HybridClock {
  const latest = latestAllowed(serverTime);
  let last = serverTime;
  for (const stamp of [clock.seen, ...kept]) if (stamp <= latest) last = later(last, stamp);
  return { ...clock, last, aheadMs: Math.max(0, nowMs - Date.parse(serverTime)) };
}

/** The greatest stamp that the log takes at a time of its clock. */
export function latestAllowed(serverTime: string): string {
  return stampAt(Date.parse(serverTime) + MAX_SKEW_MS);
}

function after(stamp: string): string {
  return stampAt(Date.parse(stamp) + 1);
}

function stampAt(ms: number): string {
  return formatStamp(new Date(ms));
}

/** Stamps have one form, so text order is time order. */
function later(a: string, b: string): string {
  return a > b ? a : b;
}
