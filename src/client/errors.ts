import type { Json } from '../core/json.ts';

/**
 * What the service refused, or why it could not be asked. `code` is stable: the problem's code, or one of the client's own:
 *   `connection_failed`  no answer came, or it broke off; what was sent may or may not have arrived
 *   `unexpected_answer`  something answered that is not this service
 */
export class SyncError extends Error {
  readonly code: string;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** After how long to try again, where the service says so. */
  readonly retryAfterMs: number | null;
  /** The whole problem (RFC 9457): `errors` names the wrong fields by their paths. */
  readonly problem: { [key: string]: Json } | null;

  constructor(message: string, { code, status, retryAfterMs = null, problem = null, cause }: SyncErrorDetails) {
    super(message, { cause });
    this.name = 'SyncError';
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.problem = problem;
  }
}

export interface SyncErrorDetails {
  code: string;
  status: number;
  retryAfterMs?: number | null;
  problem?: { [key: string]: Json } | null;
  cause?: unknown;
}

/**
 * The cursor is of another log, or of one that has lost its end, as after a restore or a failover. Begin from the start
 * (`syncFromStart`, or `syncOnce`, which does so by itself), and push again what was not acknowledged.
 */
export class CursorAheadError extends SyncError {
  constructor(message: string, details: SyncErrorDetails) {
    super(message, details);
    this.name = 'CursorAheadError';
  }
}

/** An answer other than the one asked for, as the error to throw. */
export async function toSyncError(response: Response): Promise<SyncError> {
  const { status } = response;
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'));
  const problem = await readProblem(response);
  if (!problem) {
    return new SyncError(`the service answered ${status}`, { code: 'unexpected_answer', status, retryAfterMs });
  }
  const details = { code: String(problem.code), status, retryAfterMs, problem };
  const message = String(problem.detail ?? problem.code);
  return problem.code === 'cursor_ahead' ? new CursorAheadError(message, details) : new SyncError(message, details);
}

export function connectionFailed(cause: unknown): SyncError {
  return new SyncError('the service could not be reached, or the connection broke off', {
    code: 'connection_failed',
    status: 0,
    cause,
  });
}

async function readProblem(response: Response): Promise<{ [key: string]: Json } | null> {
  try {
    const body: unknown = JSON.parse(await response.text());
    return typeof body === 'object' && body !== null && 'code' in body ? (body as { [key: string]: Json }) : null;
  } catch {
    return null;
  }
}

/** Seconds, or a date. */
function readRetryAfter(header: string | null): number | null {
  if (header === null) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
