import { setTimeout as delay } from 'node:timers/promises';
import type { Listener } from '../database.ts';
import { findPrimary } from './find-primary.ts';
import { holdListenConnection } from './listen-connection.ts';

export interface ListenPostgresOptions {
  /** Of the server itself: LISTEN does not work through a transaction pooler. */
  connectionString: string;
  channels: string[];
  /** A hint: trust nothing in it, and expect that any may be lost. `payload` is '' when there is none. */
  onNotify(channel: string, payload: string): void;
  /** LISTEN is in force, at first and after each loss: whatever was notified in between is to be looked up. */
  onConnected(): void;
  /** Each failed attempt, each lost connection, and whatever the other callbacks throw. */
  onError(error: Error): void;
  /** How often the connection has to prove, in milliseconds, that it still hears. */
  canaryMs?: number;
  /** How long a connection, a query or the canary's echo may take, in milliseconds. */
  timeoutMs?: number;
  /** Milliseconds to wait after the n-th failure in a row, from 1. */
  retryDelayMs?(failures: number): number;
}

/** As often as the runner sweeps: while the connection is deaf the sweep finds what was not heard, no later than that. */
const CANARY_MS = 30_000;

/**
 * Listens until it is closed. Resolves at once: connecting, and connecting again after a loss, goes on in the
 * background for ever, and `onConnected` tells when it came to something.
 */
export async function listenPostgres(options: ListenPostgresOptions): Promise<Listener> {
  const { channels, connectionString, canaryMs = CANARY_MS, timeoutMs = 3_000, retryDelayMs = retryDelay } = options;
  const stop = new AbortController();
  let connected = false;

  const running = keepListening();
  return {
    connected: () => connected,
    close() {
      stop.abort();
      return running;
    },
  };

  async function keepListening(): Promise<void> {
    let failures = 0;
    while (!stop.signal.aborted) {
      try {
        await holdListenConnection({
          connectionString: await findPrimary(connectionString),
          channels,
          canaryMs,
          timeoutMs,
          signal: stop.signal,
          onNotify: (channel, payload) => void tell(() => options.onNotify(channel, payload)),
          onReady() {
            failures = 0;
            connected = true;
            void tell(() => options.onConnected());
          },
        });
      } catch (error) {
        connected = false;
        report(error);
      }
      connected = false;
      failures++;
      // Keeps the process alive, as the open connection did: a worker must not end because its database is away.
      await delay(retryDelayMs(failures), undefined, { signal: stop.signal }).catch(() => {});
    }
  }

  /** A callback that fails, now or later, must not take the connection or the process with it. */
  async function tell(callback: () => unknown): Promise<void> {
    if (stop.signal.aborted) return;
    try {
      await callback();
    } catch (error) {
      report(error);
    }
  }

  function report(error: unknown): void {
    if (stop.signal.aborted) return;
    try {
      options.onError(error instanceof Error ? error : new Error(String(error)));
    } catch {
      // There is nobody left to tell.
    }
  }
}

const LONGEST_RETRY_MS = 5_000;

/** At most 0.1 s, 0.2 s, 0.4 s, ... 5 s; at random below that, so that many listeners do not come back as one. */
export function retryDelay(failures: number): number {
  return Math.random() * Math.min(LONGEST_RETRY_MS, 50 * 2 ** failures);
}
