import type { PullAnswer, PushAnswer, PushedChange, WireChange } from '../core/sync/wire.ts';
import { type ClientTime, followStream, type StreamBatch, type StreamOptions } from './follow-stream.ts';
import { type ClientOptions, readAnswer, send } from './request.ts';
import { type SyncOnceOptions, type SyncResult, syncOnce } from './sync-once.ts';

export interface PullOptions {
  /** The cursor of an earlier answer; absent: from the start. A replica that begins anew takes syncFromStart. */
  since?: string;
  /** Of this collection only; absent: of all. */
  collection?: string;
  /** Changes per page, at most 5,000. */
  limit?: number;
}

/** Speaks the sync protocol for one replica. It keeps nothing: cursor and outbox are the caller's. */
export interface Client {
  /** All of the changes or none of them. With an eventId each, pushing them again changes nothing. */
  push(changes: PushedChange[], since?: string): Promise<PushAnswer>;
  /** One page, without the client's own changes; ask again with its `syncedUntil` while it `hasMore`. */
  pull(options?: PullOptions): Promise<PullAnswer>;
  /** The changes since a cursor and then each as it comes, through whatever reconnects it takes, without its own. */
  stream(options?: StreamOptions): AsyncIterable<StreamBatch>;
  /** All changes there are, this client's own included, for a replica that begins anew. */
  syncFromStart(options?: { collection?: string }): AsyncIterable<{ changes: WireChange[]; cursor: string }>;
  /** Pushes an outbox and pulls what is lacking, from the start where it must be. */
  syncOnce(options: SyncOnceOptions): Promise<SyncResult>;
}

const systemTime: ClientTime = {
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** Every method throws a SyncError (`code`, `status`) when it fails; a cursor ahead of the log is a CursorAheadError. */
export function createClient(options: ClientOptions, time: ClientTime = systemTime): Client {
  const { clientId, appId } = options;
  if (/^(pull|stream|ticket)$/.test(appId ?? '')) throw new TypeError(`"${appId}" cannot be the id of an app`);

  async function pullPage({ since, collection, limit }: PullOptions, headers: Record<string, string>) {
    const query = { since, collection, limit: limit?.toString() };
    return readAnswer<PullAnswer>(await send(options, { path: '/pull', query, headers }));
  }

  const client: Client = {
    async push(changes, since) {
      if (appId === null) throw new TypeError('a client of all applications pushes nothing: name an appId');
      const body = { clientId, since, changes };
      return readAnswer<PushAnswer>(await send(options, { method: 'POST', body }));
    },

    pull: (pull = {}) => pullPage(pull, { 'X-Client-Id': clientId }),

    stream: (stream = {}) => followStream(options, time, stream),

    async *syncFromStart({ collection } = {}) {
      let since = '0';
      for (let hasMore = true; hasMore; ) {
        const page = await pullPage({ since, ...(collection === undefined ? {} : { collection }) }, {});
        since = page.syncedUntil;
        hasMore = page.hasMore;
        yield { changes: page.serverChanges, cursor: since };
      }
    },

    syncOnce: (once) => syncOnce(client, once),
  };
  return client;
}
