import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { describeError } from '../../describe-error.ts';
import type { Listener, ListenHandlers } from '../database.ts';
import { notOpenYet, StoreStoppedError } from './engine-errors.ts';
import type { EngineSession, OnNotify, Statement } from './engine-session.ts';

export type Send = (batch: Statement[]) => Promise<unknown[]>;

/** The embedded Postgres: one session, which is opened again whenever it is lost. */
export interface Engine {
  /**
   * `work` has the session alone, after those who came before. When it fails, or the session is lost meanwhile, whatever it
   * has not committed is rolled back. No batch of it may take longer than `limitMs`.
   */
  alone<T>(work: (send: Send) => Promise<T>, limitMs?: number): Promise<T>;
  listen(channels: string[], handlers: ListenHandlers): Promise<Listener>;
  /** How often the session was lost. */
  restarts(): number;
  /** Ends it for good: whatever is asked from now on is refused with this error. */
  stop(error: StoreStoppedError): void;
  close(): Promise<void>;
}

export interface SuperviseOptions {
  open(onNotify: OnNotify): Promise<EngineSession>;
  log?: Pick<Logger, 'warn'> | undefined;
  /** How long a batch of statements may take, in milliseconds, where nothing else is said. */
  statementMs: number;
  /** Milliseconds to wait before the n-th opening in a row, from 1. */
  retryDelayMs?: ((attempt: number) => number) | undefined;
}

/** A session that held for so long ends a row of losses. */
const STEADY_MS = 60_000;
const LONGEST_RETRY_MS = 10_000;

/** At once, and after 0.5 s, 1 s, 2 s ... 10 s when that does not help: a statement that wedges it may come again and again. */
function retryDelay(attempt: number): number {
  return attempt === 1 ? 0 : Math.min(LONGEST_RETRY_MS, 125 * 2 ** attempt);
}

/** Opens the engine; fails when that fails. Once it was open it is opened again for as long as that takes. */
export async function superviseEngine(options: SuperviseOptions): Promise<Engine> {
  const { log, statementMs, retryDelayMs = retryDelay } = options;
  const listeners = new Set<{ channels: string[]; handlers: ListenHandlers }>();
  const stop = new AbortController();
  let refusal: Error | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let restarts = 0;
  let attempts = 0;
  let openedAt = 0;
  let session: EngineSession = await open();

  async function open(): Promise<EngineSession> {
    const fresh = await options.open(hear);
    try {
      const channels = new Set([...listeners].flatMap((listener) => listener.channels));
      if (channels.size > 0) await fresh.send([listenTo([...channels])], statementMs);
    } catch (error) {
      fresh.kill(error as Error);
      throw error;
    }
    openedAt = performance.now();
    void fresh.lost.then(reopen);
    return fresh;
  }

  async function reopen(loss: Error): Promise<void> {
    if (stop.signal.aborted) return;
    restarts += 1;
    refusal = notOpenYet(loss);
    if (performance.now() - openedAt > STEADY_MS) attempts = 0;
    log?.warn({ failure: describeError(loss) }, 'the embedded database was lost; opening it again');
    each((handlers) => handlers.onError(loss));
    for (;;) {
      attempts += 1;
      await delay(retryDelayMs(attempts), undefined, { signal: stop.signal }).catch(() => {});
      if (stop.signal.aborted) return;
      try {
        session = await open();
        break;
      } catch (error) {
        log?.warn({ failure: describeError(error) }, 'the embedded database cannot be opened; trying again');
      }
    }
    if (stop.signal.aborted) {
      session.kill(refusal);
      return;
    }
    refusal = undefined;
    log?.warn('the embedded database is open again');
    each((handlers) => handlers.onConnected());
  }

  function hear(channel: string, payload: string): void {
    each((handlers, channels) => channels.includes(channel) && handlers.onNotify(channel, payload));
  }

  /** A handler that throws is told so, and takes nobody with it. */
  function each(act: (handlers: ListenHandlers, channels: string[]) => void): void {
    for (const { channels, handlers } of [...listeners]) {
      try {
        act(handlers, channels);
      } catch (error) {
        handlers.onError(error as Error);
      }
    }
  }

  function end(error: Error): void {
    refusal = error;
    stop.abort();
  }

  const engine: Engine = {
    async alone(work, limitMs = statementMs) {
      const before = turn;
      let leave = () => {};
      turn = new Promise<void>((resolve) => {
        leave = resolve;
      });
      await before;
      let own: EngineSession | undefined;
      try {
        if (refusal) throw refusal;
        const mine = session;
        own = mine;
        return await work((batch) => (own ? mine.send(batch, limitMs) : Promise.reject(new Error(TOO_LATE))));
      } catch (error) {
        if (isOfItsFiles(error)) own?.kill(error);
        await own?.send([ROLLBACK], limitMs).catch((failure) => own?.kill(failure));
        throw error;
      } finally {
        own = undefined;
        leave();
      }
    },

    async listen(channels, handlers) {
      const listener = { channels, handlers };
      listeners.add(listener);
      try {
        await engine.alone((send) => send([listenTo(channels)]));
        handlers.onConnected();
      } catch (error) {
        // Whoever opens it again listens for this one as well.
        handlers.onError(error as Error);
      }
      return {
        connected: () => listeners.has(listener) && !refusal,
        // What is still notified on its channels is nobody's any more.
        close: async () => void listeners.delete(listener),
      };
    },

    restarts: () => restarts,

    stop(error) {
      end(error);
      session.kill(error);
    },

    async close() {
      if (stop.signal.aborted) return;
      await turn;
      end(new StoreStoppedError('PGlite is closed'));
      await session.close();
    },
  };
  return engine;
}

const ROLLBACK: Statement = { text: 'rollback' };
const TOO_LATE = 'a transaction that has ended cannot be used any more';

/**
 * A system error: a file cannot be read or written, or is not there. What the engine knows may not be what is on the disk
 * any more, and whether there is a store is looked at before it is opened again.
 */
function isOfItsFiles(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^58/.test(String(error.code));
}

function listenTo(channels: string[]): Statement {
  return { text: channels.map((channel) => `listen "${channel}"`).join('; ') };
}
