// Runs child-main.ts as a process of its own, and reads what it says line by line.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { bundle } from '../../../scripts/bundle.mjs';

const main = bundle('test/database/pglite/child-main.ts');

export type Child = {
  pid: number;
  /** The next line of its standard output; null when there is none any more. */
  line(): Promise<string | null>;
  /** All lines that are still to come. */
  rest(): Promise<string[]>;
  say(text: string): void;
  /** kill -9, and the wait for its end. */
  kill(): Promise<void>;
  exited: Promise<unknown>;
};

const running = new Set<ChildProcess>();

export function startChild(...args: string[]): Child {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  running.add(child);
  child.stdin.on('error', () => {}); // A child that was killed reads no more.
  const exited = once(child, 'exit').then(() => running.delete(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => {
    const next = await lines.next();
    return next.done ? null : next.value;
  };
  return {
    pid: child.pid ?? 0,
    line,
    async rest() {
      const rest: string[] = [];
      for (let next = await line(); next !== null; next = await line()) rest.push(next);
      return rest;
    },
    say: (text) => child.stdin.write(`${text}\n`),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    exited,
  };
}

/** For afterEach: no child outlives its test, whatever became of that. */
export function endChildren(): void {
  for (const child of running) child.kill('SIGKILL');
}
