import { Dexie } from 'dexie';
import { SyncError } from '../../client/errors.ts';
import type { ClientTime } from '../../client/follow-stream.ts';
import { NEW_CLOCK } from '../../core/sync/hybrid-clock.ts';
import type { SyncEvent } from '../../core/sync/sync-state.ts';
import { interruptionOf } from './connect-service.ts';
import { readMeta, writeMeta } from './database.ts';
import { isInTheLogAtAnotherTime } from './handle-refusal.ts';
import { isQuotaError } from './quota-error.ts';
import { StretchOutOfStep } from './store-stretch.ts';
import { type SessionDeps, syncSession } from './sync-session.ts';

/** What the device knows of its network. */
export interface Network {
  isOnline(): boolean;
  /** The returned function ends it. */
  onChange(callback: () => void): () => void;
}

export interface SyncDeps extends SessionDeps {
  time: ClientTime;
  network: Network;
  /** Faults of the program: what nobody expects. */
  onError(error: unknown): void;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/** Somebody asks for another try: the reason that ends a session or a wait. */
const NUDGED = new Error('asked for another try');

/** Calls for another try at once, whatever is waited for. */
export type Nudge = () => void;

/**
 * Keeps the replica in sync for as long as this tab leads: a session at a time, and between two of them a wait that grows
 * with each failure. `onNudge` gets what asks for another try.
 */
export async function runSync(deps: SyncDeps, signal: AbortSignal, onNudge: (nudge: Nudge) => void): Promise<void> {
  let round = new AbortController();
  const nudge = () => round.abort(NUDGED);
  onNudge(nudge);
  const unwatch = deps.network.onChange(nudge);
  let failures = 0;
  let trustsClock = false;
  deps.report('start');
  try {
    while (!signal.aborted) {
      round = new AbortController();
      const either = AbortSignal.any([signal, round.signal]);
      const beganAt = deps.now();
      try {
        if (!trustsClock) await trustClock(deps);
        trustsClock = true;
        await syncSession(deps, either);
      } catch (error) {
        if (signal.aborted) break;
        // A session that lasted was a good one; one that only caught up was not, as when every push fails.
        if (deps.now() - beganAt > LONGEST_RETRY_MS) failures = 0;
        failures += 1;
        if (error !== NUDGED) await waitAfter(deps, error, failures, either);
      }
      if (signal.aborted || !round.signal.aborted) continue;
      failures = 0;
      deps.report('retry');
    }
  } finally {
    unwatch();
    deps.report('stop');
  }
}

/** Its clock may have been set right since it was found to be ahead; if not, the service will say so again. */
async function trustClock({ db }: SyncDeps): Promise<void> {
  await db.transaction('rw', [db.meta], async () => {
    const clock = (await readMeta(db, 'clock')) ?? NEW_CLOCK;
    if (clock.aheadMs !== 0) await writeMeta(db, 'clock', { ...clock, aheadMs: 0 });
  });
}

async function waitAfter(deps: SyncDeps, error: unknown, failures: number, signal: AbortSignal): Promise<void> {
  const { time, report } = deps;
  // The log was set back or has a change by a request that was given up, or another tab was faster: the next session begins
  // with what is there.
  const isNews =
    error instanceof StretchOutOfStep ||
    (error instanceof SyncError && (error.code === 'cursor_ahead' || isInTheLogAtAnotherTime(error)));
  if (isNews && failures === 1) return;
  const event = eventOf(error, deps);
  report(event);
  // A token does not become good by waiting.
  if (event === 'unauthorised') return aborted(signal);
  // At random, so that the clients of a service that was restarted do not come back as one.
  const backoff = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1)) * (0.5 + time.random() / 2);
  const retryAfterMs = error instanceof SyncError ? (error.retryAfterMs ?? 0) : 0;
  await new Promise<void>((resolve) => {
    const cancel = time.after(Math.max(backoff, retryAfterMs), resolve);
    void aborted(signal).then(() => {
      cancel();
      resolve();
    });
  });
}

function eventOf(error: unknown, { network, onError }: SyncDeps): SyncEvent {
  if (isQuotaError(error)) return 'storage_full';
  if (error instanceof SyncError) {
    const interruption = interruptionOf(error);
    return interruption === 'unreachable' && !network.isOnline() ? 'network_lost' : interruption;
  }
  onError(error);
  return error instanceof Dexie.DexieError ? 'storage_failed' : 'failed';
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
