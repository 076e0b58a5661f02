import { setTimeout as delay } from 'node:timers/promises';
import {
  type Client,
  type ClientTime,
  CursorAheadError,
  createClient,
  SyncError,
  type WireChange,
} from '../../src/client/index.ts';
import type { Followed } from '../checker/evidence.ts';

/** A device that follows a whole log, and keeps what it was handed together with the cursor, as a replica would. */
export interface Follower {
  followed: Followed;
  /** Breaks its connection off and comes back with its cursor. */
  reconnect(): void;
  stop(): Promise<void>;
}

export interface FollowerOptions {
  baseUrl: string;
  user: string;
  by: 'pull' | 'stream';
  name: string;
  token: string;
  /** Changes per page of a pull. */
  limit: number;
}

const POLL_MS = 50;
const PATIENCE_MS = 5_000;

/** Waits a twentieth of what it would: 2 s before a reconnect are as good as 0.1. */
const hasty: ClientTime = {
  after(ms, callback) {
    const timer = setTimeout(callback, ms / 20);
    return () => clearTimeout(timer);
  },
  random: () => 0.5,
};
/** Heartbeats come every 15 s, so a silence is not to be taken for an end so soon. */
const LONGEST_RETRY_MS = 30_000;
const time: ClientTime = {
  ...hasty,
  after(ms, callback) {
    if (ms <= LONGEST_RETRY_MS) return hasty.after(ms, callback);
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

export function startFollower({ baseUrl, user, by, name, token, limit }: FollowerOptions): Follower {
  const followed: Followed = { by: name, seen: [], refusals: [] };
  const stopped = new AbortController();
  let connection = new AbortController();
  let cursor: string | undefined;
  const options = { baseUrl, appId: null, clientId: `${name}-of-${user}`, token: () => token };

  function keep(changes: readonly WireChange[], next: string): void {
    for (const { position, eventId } of changes) followed.seen.push({ position, eventId });
    cursor = next;
  }

  async function pull(client: Client): Promise<void> {
    const page = await client.pull({ limit, ...(cursor === undefined ? {} : { since: cursor }) });
    keep(page.serverChanges, page.syncedUntil);
    if (!page.hasMore) await delay(POLL_MS);
  }

  async function stream(client: Client): Promise<void> {
    connection = new AbortController();
    const signal = AbortSignal.any([stopped.signal, connection.signal]);
    for await (const batch of client.stream({ signal, ...(cursor === undefined ? {} : { since: cursor }) })) {
      keep(batch.changes, batch.cursor);
    }
  }

  async function follow(): Promise<void> {
    const impatient: typeof fetch = (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    const client = createClient({ ...options, ...(by === 'pull' ? { fetch: impatient } : {}) }, time);
    while (!stopped.signal.aborted) {
      try {
        await (by === 'pull' ? pull(client) : stream(client));
      } catch (error) {
        if (!(error instanceof SyncError)) throw error;
        if (error instanceof CursorAheadError) {
          followed.refusals.push(error.message);
          followed.seen = [];
          cursor = undefined;
          continue;
        }
        await delay(POLL_MS);
      }
    }
  }

  const running = follow();
  // Told by stop.
  running.catch(() => {});
  return {
    followed,
    reconnect: () => connection.abort(),
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
