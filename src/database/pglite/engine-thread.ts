// The thread of the embedded engine, started by spawn-session.ts: so that a statement that never ends (PGlite knows no
// statement_timeout, and computes without ever coming back to the event loop) blocks this thread and not the service.
import { parentPort, workerData } from 'node:worker_threads';
import { type EngineSession, type Statement, sessionOf } from './engine-session.ts';
import { openEngine } from './open-engine.ts';

/** What the thread is asked: statements, each batch answered in its turn; null: to close the engine. */
export type Asked = Statement[] | null;

/** An error on its way between threads, which drop all but the words of one. */
export type SentError = Record<string, unknown> & { message: string };

/** What the thread tells. */
export type Told =
  | { kind: 'opened' }
  | { kind: 'rows'; rows: unknown[] }
  | { kind: 'failed'; error: SentError }
  | { kind: 'notified'; channel: string; payload: string }
  | { kind: 'aborted'; reason: string }
  | { kind: 'closed' };

const port = parentPort as NonNullable<typeof parentPort>;
const tell = (told: Told) => port.postMessage(told);
const fail = (error: unknown) => tell({ kind: 'failed', error: toSent(error) });

try {
  const pglite = await openEngine(workerData as string, (reason) => tell({ kind: 'aborted', reason }));
  const session = sessionOf(pglite, (channel, payload) => tell({ kind: 'notified', channel, payload }));
  port.on('message', (asked: Asked) => void answer(session, asked));
  tell({ kind: 'opened' });
} catch (error) {
  fail(error);
}

async function answer(session: EngineSession, asked: Asked): Promise<void> {
  try {
    if (asked === null) {
      await session.close();
      tell({ kind: 'closed' });
    } else {
      tell({ kind: 'rows', rows: await session.send(asked, Number.POSITIVE_INFINITY) });
    }
  } catch (error) {
    fail(error);
  }
}

/** What a caller tells errors apart by; not the statement and its values, which PGlite adds to them. */
const FIELDS = [
  'name',
  'code',
  'severity',
  'detail',
  'hint',
  'where',
  'schema',
  'table',
  'column',
  'constraint',
  'routine',
];

function toSent(error: unknown): SentError {
  if (!(error instanceof Error)) return { message: String(error) };
  const fields = error as Error & Record<string, unknown>;
  const known = FIELDS.filter((field) => fields[field] !== undefined).map((field) => [field, fields[field]]);
  return { message: error.message, stack: error.stack, ...Object.fromEntries(known) };
}
