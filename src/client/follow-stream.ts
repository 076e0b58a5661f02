import type { PullAnswer, WireChange } from '../core/sync/wire.ts';
import { connectionFailed, SyncError } from './errors.ts';
import { readEvents } from './read-events.ts';
import { type ClientOptions, send } from './request.ts';

export interface StreamOptions {
  /** The cursor of an earlier answer; absent: from the start. */
  since?: string;
  /** Of these collections only; absent: of all. */
  collections?: string[];
  /** Ends the stream. */
  signal?: AbortSignal;
}

/** What a stream hands out. Fold the changes, then keep the cursor: it is where to go on from after a restart. */
export interface StreamBatch {
  /** In the log's order. None: the cursor has moved past changes that are not for this client. */
  changes: WireChange[];
  cursor: string;
  /** The log is known to go on: the next batch is on its way. */
  hasMore: boolean;
}

/** Time and chance, which tests hand in. */
export interface ClientTime {
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void;
  /** From 0 to 1. */
  random(): number;
}

/** The service shows that it is alive every 15 s: after three times that without a byte, the connection is dead. */
const SILENCE_MS = 45_000;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;

/**
 * The changes since a cursor and then each as it comes, for as long as they are asked for. A connection that breaks or
 * falls silent is replaced from the last cursor handed out, after a wait that grows with each failure. Throws what a new
 * connection cannot mend: CursorAheadError, a token that does not count, a wrong request, whatever `token` throws.
 */
export async function* followStream(
  options: ClientOptions,
  time: ClientTime,
  { since, collections, signal }: StreamOptions,
): AsyncGenerator<StreamBatch> {
  let cursor = since;
  let failures = 0;
  let retryMs = FIRST_RETRY_MS;
  while (!signal?.aborted) {
    let error: SyncError;
    const connection = new AbortController();
    const abort = () => connection.abort();
    signal?.addEventListener('abort', abort);
    try {
      const watch = { time, connection };
      const response = await withinSilence(watch, () =>
        send(options, {
          path: '/stream',
          query: { since: cursor, collections: collections?.join() },
          headers: { Accept: 'text/event-stream', 'X-Client-Id': options.clientId },
          signal: connection.signal,
        }),
      );
      for await (const event of readEvents(readChunks(response, watch))) {
        retryMs = event.retryMs ?? retryMs;
        if (event.id === null || event.id === cursor) continue;
        failures = 0;
        const { serverChanges: changes, hasMore } = event.type === 'changes' ? readPage(event.data) : NO_CHANGES;
        cursor = event.id;
        yield { changes, cursor, hasMore };
        if (signal?.aborted) return;
      }
      error = connectionFailed('the service ended the stream');
    } catch (thrown) {
      if (signal?.aborted) return;
      if (!(thrown instanceof SyncError) || !isWorthRetrying(thrown)) throw thrown;
      error = thrown;
    } finally {
      signal?.removeEventListener('abort', abort);
      connection.abort();
    }
    failures += 1;
    // At random, so that the clients of a service that was restarted do not come back as one.
    const backoff = Math.min(LONGEST_RETRY_MS, retryMs * 2 ** (failures - 1)) * (0.5 + time.random() / 2);
    await sleep(time, Math.max(backoff, error.retryAfterMs ?? 0), signal);
  }
}

/** No answer, a service that is busy or away: that passes. */
function isWorthRetrying({ status, code }: SyncError): boolean {
  return code === 'connection_failed' || status === 408 || status === 429 || status >= 500;
}

const NO_CHANGES = { serverChanges: [], hasMore: false };

function readPage(data: string): Pick<PullAnswer, 'serverChanges' | 'hasMore'> {
  try {
    return JSON.parse(data) as PullAnswer;
  } catch (cause) {
    throw new SyncError('an event of the stream is not JSON', { code: 'unexpected_answer', status: 200, cause });
  }
}

interface Watch {
  time: ClientTime;
  connection: AbortController;
}

/** What the service sends; the connection is ended when it is silent while somebody waits for it. */
async function* readChunks(response: Response, watch: Watch): AsyncGenerator<Uint8Array> {
  if (!response.body || !/^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '')) {
    throw new SyncError('the answer is not an event stream', { code: 'unexpected_answer', status: response.status });
  }
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await withinSilence(watch, () =>
      reader.read().catch((cause: unknown) => {
        throw connectionFailed(cause);
      }),
    );
    if (done) return;
    yield value;
  }
}

async function withinSilence<T>({ time, connection }: Watch, act: () => Promise<T>): Promise<T> {
  const cancel = time.after(SILENCE_MS, () => connection.abort());
  try {
    return await act();
  } finally {
    cancel();
  }
}

function sleep(time: ClientTime, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const wake = () => {
      cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = time.after(ms, wake);
    signal?.addEventListener('abort', wake);
  });
}
