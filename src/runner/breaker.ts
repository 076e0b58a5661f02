import type { Clock } from '../clock.ts';

/** Keeps a runner from asking a model server that does not answer. */
export interface Breaker {
  /** How many calls may begin now: all, none, or the one that finds out whether the server is back. */
  room(): number;
  /** So many of them have begun. */
  began(calls: number): void;
  /** One that had begun is over, whatever came of it. */
  ended(): void;
  /** The server answered, be it with a refusal. */
  answered(): void;
  /** The server itself failed: no connection, no answer in time, 5xx, 429. */
  failed(retryAfterMs?: number): void;
  /** When the first of the failures came that keep calls from being made; null while they are made. */
  downSince(): Date | null;
  /** When to look again; null while there is nothing to wait for. */
  probeAt(): Date | null;
}

/** So many failures in a row, of whichever missions, and nothing but the server can be at fault. */
export const FAILURES = 5;
const FIRST_MS = 5_000;
const LONGEST_MS = 5 * 60_000;

/**
 * A circuit breaker: after `FAILURES` failures in a row no mission is claimed until a while has passed, then one; its call
 * tests the server. An answer opens the way to all again, a failure doubles the while, up to five minutes. Missions wait
 * in the queue meanwhile, and none loses an attempt by waiting. It costs no statement and no timer while all is well.
 *
 * (cockatiel and opossum wrap a call and reject it while the circuit is open, by their own timers: a mission would be
 * claimed only to be handed back, again and again. Here the runner must know before it claims, by a clock of ours.)
 */
export function createBreaker(clock: Clock, random: () => number): Breaker {
  let failures = 0;
  let firstFailure: Date | null = null;
  /** Null: closed. */
  let opened: { probeAt: Date; waitMs: number } | null = null;
  let underWay = 0;

  return {
    room() {
      if (!opened) return Number.POSITIVE_INFINITY;
      return underWay === 0 && clock.now() >= opened.probeAt ? 1 : 0;
    },
    began(calls) {
      underWay += calls;
    },
    ended() {
      underWay -= 1;
    },
    answered() {
      failures = 0;
      firstFailure = null;
      opened = null;
    },
    failed(retryAfterMs = 0) {
      const now = clock.now();
      firstFailure ??= now;
      failures += 1;
      if (failures < FAILURES) return;
      // What was in flight when it opened says nothing new.
      if (opened && now < opened.probeAt) return;
      const waitMs = opened ? Math.min(opened.waitMs * 2, LONGEST_MS) : FIRST_MS;
      const jittered = waitMs / 2 + (waitMs / 2) * random();
      opened = { waitMs, probeAt: new Date(now.getTime() + Math.max(Math.round(jittered), retryAfterMs)) };
    },
    downSince: () => (opened ? firstFailure : null),
    probeAt: () => (opened && underWay === 0 ? opened.probeAt : null),
  };
}
