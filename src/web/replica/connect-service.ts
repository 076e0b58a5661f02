import { createClient } from '../../client/create-client.ts';
import { connectionFailed, type SyncError, toSyncError } from '../../client/errors.ts';
import type { ClientTime, StreamBatch } from '../../client/follow-stream.ts';
import type { PullAnswer, PushAnswer, PushedChange } from '../../core/sync/wire.ts';
import { guardToken, type TokenSource } from './guard-token.ts';

/** The service, as a replica speaks with it: its whole log at once, and pushes of one application each. */
export interface Service {
  /** A page; undefined: the first. */
  pull(since: string | undefined): Promise<PullAnswer>;
  /** What comes after a cursor, for as long as the session lasts. */
  stream(since: string | undefined): AsyncIterable<StreamBatch>;
  push(appId: string, changes: PushedChange[], since: string | undefined): Promise<PushAnswer>;
}

export interface ServiceOptions {
  baseUrl: string;
  userId: string;
  clientId: string;
  token: TokenSource | undefined;
  fetch: typeof fetch;
  time: ClientTime;
}

/**
 * Reads under a name of its own, which pushes nothing: so this replica's own changes come back to it, with the positions
 * that the fold needs to end with the service's bytes.
 */
const READER = 'replica-reader';
const PAGE_SIZE = 2_000;
/** A request that has no whole answer by then has none: the connection is dead, or as good as that. */
export const PATIENCE_MS = 120_000;

/**
 * Speaks with the service until `session` ends, which also ends what is under way. A stream that cannot be had ends the
 * session, so that the person is told and one place decides when to try again.
 */
export function connectService(options: ServiceOptions, session: AbortController): Service {
  const { baseUrl, userId, clientId, token, fetch: doFetch, time } = options;
  const fetchInSession: typeof fetch = (input, init) =>
    doFetch(input, { ...init, signal: AbortSignal.any([session.signal, ...(init?.signal ? [init.signal] : [])]) });
  const shared = { baseUrl, fetch: fetchInSession, ...(token ? { token: guardToken(token, userId) } : {}) };
  const reader = createClient({ ...shared, appId: null, clientId: READER }, time);
  const follower = createClient(
    { ...shared, appId: null, clientId: READER, fetch: endingSession(fetchInSession, session) },
    time,
  );
  const patiently = <T>(answer: Promise<T>): Promise<T> => {
    const cancel = time.after(PATIENCE_MS, () => session.abort(connectionFailed('no answer came')));
    return answer.finally(cancel);
  };
  return {
    pull: (since) => patiently(reader.pull({ limit: PAGE_SIZE, ...(since === undefined ? {} : { since }) })),
    stream: (since) => follower.stream({ signal: session.signal, ...(since === undefined ? {} : { since }) }),
    push: (appId, changes, since) => patiently(createClient({ ...shared, appId, clientId }, time).push(changes, since)),
  };
}

/** The client library would wait and try again on its own, and nobody would know. */
function endingSession(doFetch: typeof fetch, session: AbortController): typeof fetch {
  return async (input, init) => {
    try {
      const response = await doFetch(input, init);
      if (isBusy(response.status)) session.abort(await toSyncError(response.clone()));
      return response;
    } catch (error) {
      if (!init?.signal?.aborted) session.abort(connectionFailed(error));
      throw error;
    }
  };
}

function isBusy(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** What interrupts the sync, in the words of its state. */
export type Interruption = 'unreachable' | 'busy' | 'unauthorised' | 'refused';

export function interruptionOf({ code, status }: SyncError): Interruption {
  if (status === 401) return 'unauthorised';
  if (isBusy(status)) return 'busy';
  // No answer; or one of something else, such as a hotel's page that asks to log in.
  if (code === 'connection_failed' || code === 'unexpected_answer') return 'unreachable';
  return 'refused';
}
