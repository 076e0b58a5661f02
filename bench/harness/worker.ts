import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../scripts/bundle.mjs';

/** The functions that a worker process offers: each takes at most one argument that structured cloning can carry. */
type Calls<T> = { [K in keyof T]: (argument: never) => unknown };

/** A process of its own, called by messages. */
export interface Worker<T extends Calls<T>> {
  call<K extends keyof T>(name: K, ...argument: Parameters<T[K]>): Promise<Awaited<ReturnType<T[K]>>>;
  stop(): Promise<void>;
}

interface Request {
  number: number;
  name: string;
  argument: unknown;
}

type Answer = { number: number; value: unknown } | { number: number; error: string };

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let areBundled = false;

/**
 * From now on workers start as bundles, for a smoke run: from the sources each took 2 CPU-seconds to load, two thirds of the
 * whole run. Runs that count stay with the sources, as the figures that are kept were measured.
 */
export function bundleWorkers(): void {
  areBundled = true;
}

/** Starts a module, which calls `serveWorker`, as a process. */
export function startWorker<T extends Calls<T>>(module: URL, args: string[]): Worker<T> {
  const script = basename(module.pathname);
  const child = forkModule(fileURLToPath(module), args);
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
  let calls = 0;
  child.on('message', (answer: Answer) => {
    const call = waiting.get(answer.number);
    waiting.delete(answer.number);
    if ('error' in answer) call?.reject(new Error(`${script}: ${answer.error}`));
    else call?.resolve(answer.value as never);
  });
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${script} ended (exit code ${code})`));
    waiting.clear();
  });
  return {
    call(name, ...argument) {
      const request: Request = { number: ++calls, name: String(name), argument: argument[0] };
      return new Promise((resolve, reject) => {
        waiting.set(request.number, { resolve, reject });
        child.send(request, (error) => error && reject(error));
      });
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

function forkModule(path: string, args: string[]): ChildProcess {
  if (!areBundled) return fork(path, args, { serialization: 'advanced' });
  return fork(bundle(relative(ROOT, path)), args, { serialization: 'advanced', execArgv: [] });
}

/** Answers the calls of the process that started this one; ends with it. */
export function serveWorker<T extends Calls<T>>(calls: T): void {
  process.on('message', async ({ number, name, argument }: Request) => {
    try {
      const handler = calls[name as keyof T] as unknown as (argument: unknown) => unknown;
      process.send?.({ number, value: await handler(argument) } satisfies Answer);
    } catch (error) {
      process.send?.({
        number,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      } satisfies Answer);
    }
  });
  process.on('disconnect', () => process.exit());
}
