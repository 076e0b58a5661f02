import { PROBLEM_STATUS, Problem, type ProblemCode } from './problem.ts';

/**
 * Whatever was thrown, as the problem to answer with: what the database refused, with its stable code and field; a
 * write that its full disk has no room for, 507; a database that cannot serve, 503; anything else, 500. No other text of an
 * error reaches a client.
 */
export function toProblem(error: unknown, now: Date, { isWrite = true } = {}): Problem {
  if (error instanceof Problem) return error;
  const { code, constraint, column, message } = (error ?? {}) as Record<string, unknown>;
  if (code === 'PM001') return refusedChange(String(constraint), String(column), String(message), now);
  if (code === '22P05' || code === '22021') {
    return new Problem('bad_text', 'the request holds a character that Postgres cannot store; take it out');
  }
  if (isWrite && hasCause(error, isDiskFull)) {
    return new Problem(
      'disk_full',
      "the database's disk is full, and nothing was written; try again once there is room",
      {
        headers: { 'Retry-After': '10' },
      },
    );
  }
  if (hasCause(error, isUnavailable)) {
    return new Problem('database_unavailable', 'the database cannot serve this now; try again in a moment', {
      headers: { 'Retry-After': '2' },
    });
  }
  return new Problem(
    'internal',
    'something went wrong on our side; the log of the service has it under this requestId',
  );
}

function refusedChange(code: string, path: string, message: string, now: Date): Problem {
  // A rule of the log that this build does not know is still a refusal of the change.
  const known = Object.hasOwn(PROBLEM_STATUS, code) ? (code as ProblemCode) : 'invalid_data';
  return new Problem(known, message, {
    errors: [{ path, message }],
    ...(known === 'time_in_future' ? { extras: { serverTime: now.toISOString() } } : {}),
  });
}

/** A read that has no room to sort is not the client's to store: it is answered as one of a database that is away. */
const DISK_FULL = /^(53100|ENOSPC|EDQUOT)$/;
/** Postgres gives some calls that find no room the state of any failing file (58030), and a quota that is used up none (XX000). */
const FAILING_FILE = /^(58030|XX000)$/;
const NO_ROOM = /No space left on device|Disk quota exceeded/i;

function isDiskFull({ code, message }: CodedError): boolean {
  return DISK_FULL.test(code) || (FAILING_FILE.test(code) && NO_ROOM.test(message));
}

/**
 * SQL states of a database that will serve again: connection lost (08), out of resources (53), its disk failing or gone (58),
 * shutting down or starting (57P0x), timed out or deadlocked, and a standby that has not been promoted yet (25006).
 */
const UNAVAILABLE_STATE = /^(08...|53...|58...|57P0[1-5]|57014|55P03|40001|40P01|25006)$/;
const UNAVAILABLE_CODE = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;
/** The drivers give these no code; and a function that an upgrade has made anew meanwhile has one that says nothing (XX000). */
const UNAVAILABLE_MESSAGE =
  /^(cache lookup failed for |timeout exceeded when trying to connect|timeout expired|Connection terminated|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|PGlite is clos)/;

function isUnavailable(error: CodedError): boolean {
  const { code, message } = error;
  const isAway = UNAVAILABLE_STATE.test(code) || UNAVAILABLE_CODE.test(code) || UNAVAILABLE_MESSAGE.test(message);
  return isAway || isDiskFull(error);
}

interface CodedError {
  code: string;
  message: string;
}

/** Whether it, or what it was thrown because of, is such an error. */
function hasCause(error: unknown, isSuch: (error: CodedError) => boolean): boolean {
  if (!(error instanceof Error)) return false;
  const code = String((error as { code?: unknown }).code ?? '');
  if (isSuch({ code, message: error.message })) return true;
  return error instanceof AggregateError
    ? error.errors.some((one) => hasCause(one, isSuch))
    : hasCause(error.cause, isSuch);
}
