import { connectionFailed, SyncError, toSyncError } from './errors.ts';

export interface ClientOptions {
  /** Where the service is, such as `https://sync.example` or, in a page that it serves, `location.origin`. */
  baseUrl: string;
  /** The application whose changes are pushed and read; null: those of all are read, by one cursor, and none is pushed. */
  appId: string | null;
  /** Names this replica; its own changes are not sent back to it. Printable ASCII, at most 200 characters. */
  clientId: string;
  /** Asked before each request, so that a token may change. */
  token?: () => string | Promise<string>;
  fetch?: typeof fetch;
}

export interface ClientRequest {
  method?: 'GET' | 'POST';
  /** After /sync, or /sync/{appId}. */
  path?: string;
  query?: Record<string, string | undefined>;
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal;
}

/** Sends a request of the client's; throws a SyncError unless the answer is a good one. */
export async function send(options: ClientOptions, request: ClientRequest): Promise<Response> {
  const { method = 'GET', path = '', query = {}, body, signal } = request;
  const app = options.appId === null ? '' : `/${encodeURIComponent(options.appId)}`;
  const url = new URL(`${options.baseUrl.replace(/\/$/, '')}/sync${app}${path}`);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  const headers = new Headers(request.headers);
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  if (options.token) headers.set('Authorization', `Bearer ${await options.token()}`);

  // Called as a function of its own: a browser's fetch refuses to be a method of another object.
  const { fetch: doFetch = globalThis.fetch } = options;
  const init = { method, headers, cache: 'no-store' as const, ...(signal ? { signal } : {}) };
  const response = await doFetch(url, body === undefined ? init : { ...init, body: JSON.stringify(body) }).catch(
    (cause: unknown) => {
      throw connectionFailed(cause);
    },
  );
  if (!response.ok) throw await toSyncError(response);
  return response;
}

/** The JSON of a good answer. */
export async function readAnswer<Answer>(response: Response): Promise<Answer> {
  const text = await response.text().catch((cause: unknown) => {
    throw connectionFailed(cause);
  });
  try {
    return JSON.parse(text) as Answer;
  } catch (cause) {
    const { status } = response;
    throw new SyncError('the answer is not JSON', { code: 'unexpected_answer', status, cause });
  }
}
