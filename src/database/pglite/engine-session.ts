import type { PGlite } from '@electric-sql/pglite';

/** Without `values` it may be several statements, and has no rows. `asArrays`: a row is its columns in their order. */
export interface Statement {
  text: string;
  values?: unknown[];
  asArrays?: boolean;
}

/** One opened engine, which is one session of Postgres. */
export interface EngineSession {
  /**
   * Runs the statements in their order, after those that were sent before, until one fails. Resolves with the rows of the
   * last that has any. When they take longer than `limitMs` the session is lost, and everything in it that was not committed.
   */
  send(batch: Statement[], limitMs: number): Promise<unknown[]>;
  /** Resolves when the engine is gone that nobody has closed, with what made it go. */
  lost: Promise<Error>;
  /** Ends it as a kill would: what is under way fails, `lost` resolves. */
  kill(error: Error): void;
  /** Ends it cleanly. */
  close(): Promise<void>;
}

export type OnNotify = (channel: string, payload: string) => void;

/**
 * The session of an engine in this thread: what the engine's own thread serves, and tests use as it is. A statement that
 * does not end blocks the thread, whatever its limit.
 */
export function sessionOf(pglite: PGlite, onNotify: OnNotify): EngineSession {
  let last: Promise<unknown> = Promise.resolve();
  let lose: (error: Error) => void;
  const lost = new Promise<Error>((resolve) => {
    lose = resolve;
  });
  pglite.onNotification(onNotify);
  return {
    send(batch) {
      const answer = last.then(() => perform(pglite, batch));
      last = answer.catch(() => {});
      return answer;
    },
    lost,
    kill: (error) => lose(error),
    close: async () => (pglite.closed ? undefined : pglite.close()),
  };
}

async function perform(pglite: PGlite, batch: Statement[]): Promise<unknown[]> {
  let rows: unknown[] = [];
  try {
    for (const { text, values, asArrays } of batch) {
      if (!values) await pglite.exec(text);
      else ({ rows } = await pglite.query(text, values, asArrays ? { rowMode: 'array' } : undefined));
    }
  } catch (error) {
    throw asRefusedFile(error);
  }
  return rows;
}

/** Postgres has one state for a user who may not and for a disk that has become read-only; the second is an I/O error here. */
function asRefusedFile(error: unknown): unknown {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (code !== '42501' || !/^could not /.test(String(message))) return error;
  return Object.assign(error as Error, { code: '58030' });
}
