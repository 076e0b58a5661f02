import { longestBackoffMs } from '../core/planning/retry-delay.ts';

/** How long a claim holds without a heartbeat. */
export const LEASE_MS = 30_000;

/** How often the runner looks without having been told. */
export const SWEEP_MS = 30_000;

/** Attempts at one want; then its failure is recorded. */
export const MAX_ATTEMPTS = 5;

/** Nothing that is wanted waits longer for a runner to come, each of whom may have crashed in the middle of its attempt. */
export const LATEST_MS = MAX_ATTEMPTS * LEASE_MS + longestBackoffMs(MAX_ATTEMPTS) + SWEEP_MS;
