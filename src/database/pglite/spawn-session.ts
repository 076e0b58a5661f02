import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { connectionLost, outcomeUnknown, StoreStoppedError, statementTimedOut } from './engine-errors.ts';
import type { EngineSession, OnNotify, Statement } from './engine-session.ts';
import type { Asked, SentError, Told } from './engine-thread.ts';

/** To open may be to recover from a crash, from a WAL of up to 64 MB: see bound-wal.ts. */
const OPEN_MS = 60_000;
const CLOSE_MS = 5_000;
const BEATS = 16;
const CHARACTERS_PER_LIMIT = 100_000;

interface Pending {
  resolve(rows: unknown[]): void;
  reject(error: Error): void;
  limitMs: number;
  commits: boolean;
}

/** Opens the engine on a directory in a thread of its own, and watches over it: see `EngineSession.send`. */
export async function spawnSession(directory: string, onNotify: OnNotify): Promise<EngineSession> {
  const worker = new Worker(await findProgram(), { workerData: directory });
  const pending: Pending[] = [];
  let watch: NodeJS.Timeout | undefined;
  let over: Error | undefined;
  let opened = () => {};
  let closed = () => {};
  let lose = (_: Error) => {};
  const lost = new Promise<Error>((resolve) => {
    lose = resolve;
  });

  const kill = (error: Error) => {
    if (over) return;
    over = error;
    clearInterval(watch);
    // Also out of a loop in the engine; what it had written is as a kill of the process would leave it.
    void worker.terminate();
    for (const [index, { reject, commits }] of pending.splice(0).entries()) {
      if (commits) reject(outcomeUnknown(error));
      else reject(index === 0 ? error : connectionLost(error));
    }
    lose(error);
  };
  const settle = (settleOne: (one: Pending) => void) => {
    const one = pending.shift();
    watchFirst();
    if (one) settleOne(one);
  };
  /**
   * Time is counted in beats of this thread's own loop: when the machine slept or this thread was held up, so perhaps was
   * the other, and it is given what is left of its time.
   */
  const watchFirst = () => {
    clearInterval(watch);
    const [first] = pending;
    if (!first || over) return;
    let beats = 0;
    watch = setInterval(() => {
      beats += 1;
      if (beats > BEATS) kill(statementTimedOut());
    }, first.limitMs / BEATS);
  };

  worker.on('message', (told: Told) => {
    if (over) return;
    if (told.kind === 'opened') opened();
    else if (told.kind === 'closed') closed();
    else if (told.kind === 'notified') onNotify(told.channel, told.payload);
    else if (told.kind === 'rows') settle(({ resolve }) => resolve(told.rows));
    else if (told.kind === 'failed' && pending.length > 0) settle(({ reject }) => reject(toError(told.error)));
    else if (told.kind === 'failed') kill(toError(told.error));
    else kill(new StoreStoppedError(told.reason));
  });
  worker.on('error', (cause) => kill(connectionLost(cause)));
  worker.on('exit', () => kill(connectionLost()));

  const opening = setTimeout(() => kill(new StoreStoppedError(`${directory} did not open in time`)), OPEN_MS);
  try {
    await Promise.race([
      new Promise<void>((resolve) => {
        opened = resolve;
      }),
      lost.then((error) => Promise.reject(error)),
    ]);
  } finally {
    clearTimeout(opening);
  }
  // As a database in this thread would not, an idle one does not keep the process from ending.
  worker.unref();

  return {
    send(batch: Statement[], limitMs) {
      if (over) return Promise.reject(connectionLost(over));
      return new Promise((resolve, reject) => {
        pending.push({
          resolve,
          reject,
          limitMs: limitOf(batch, limitMs),
          commits: batch.some(({ text }) => text === 'commit'),
        });
        if (pending.length === 1) watchFirst();
        worker.postMessage(batch satisfies Asked);
      });
    },
    lost,
    kill,
    async close() {
      if (over) return;
      const inTime = setTimeout(() => closed(), CLOSE_MS);
      const isClosed = new Promise<void>((resolve) => {
        closed = resolve;
      });
      worker.postMessage(null satisfies Asked);
      await Promise.race([isClosed, lost]);
      clearTimeout(inTime);
      over ??= connectionLost();
      await worker.terminate();
    },
  };
}

/**
 * The thread's program lies beside this file, in the form that this file has: compiled or bundled. As it is written it is
 * bundled first: a thread has none of its process's loaders (Node 20), and tsx in each took a third of a second.
 */
async function findProgram(): Promise<URL> {
  const suffix = /\.[^/]+$/.exec(import.meta.url)?.[0];
  if (suffix !== '.ts') return new URL(`./engine-thread${suffix}`, import.meta.url);
  const scripts = new URL('../../../scripts/bundle.mjs', import.meta.url).href;
  const { bundle } = (await import(/* @vite-ignore */ scripts)) as { bundle(program: string): string };
  return pathToFileURL(bundle('src/database/pglite/engine-thread.ts'));
}

/**
 * What a statement is given to work on it is given time for: a push of 5,000 changes (1.2 MB) took 1 to 2 s, and 6 s on a
 * machine that had five times as much to do. One that runs away has little to say.
 */
function limitOf(batch: Statement[], limitMs: number): number {
  let size = 0;
  for (const { values = [] } of batch) for (const value of values) if (typeof value === 'string') size += value.length;
  return limitMs * (1 + size / CHARACTERS_PER_LIMIT);
}

function toError({ message, ...fields }: SentError): Error {
  return Object.assign(new Error(message), fields);
}
