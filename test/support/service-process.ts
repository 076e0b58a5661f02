import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { bundle } from '../../scripts/bundle.mjs';

export interface ServiceProcess {
  child: ChildProcess;
  /** Its URL, once it answers; rejects with what it said when it ends instead. */
  ready: Promise<string>;
  exited: Promise<{ code: number; output: string }>;
  /** What it says that matches, now or later; rejects with all that it said when it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

/** What `npm start` runs once everything is installed and built. */
export const MAIN: [node: string, program: string] = [process.execPath, bundle('src/main.ts')];

/** Starts the service as a process, as `npm start` runs it, on a port of its own. */
export function startServiceProcess(
  environment: Record<string, string>,
  [command, ...args]: [string, ...string[]] = MAIN,
): ServiceProcess {
  const child = spawn(command, args, {
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  const exited = once(child, 'close').then(([code]) => ({ code: code as number, output }));
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  function says(pattern: RegExp): Promise<RegExpExecArray> {
    const found = new Promise<RegExpExecArray>((resolve) => {
      const look = () => {
        const match = pattern.exec(output);
        if (!match) return;
        listeners.delete(look);
        resolve(match);
      };
      listeners.add(look);
      look();
    });
    const said = Promise.race([found, exited.then(({ output: all }) => Promise.reject(new Error(all)))]);
    said.catch(() => {});
    return said;
  }
  const ready = says(/^pg-missions (http:\S+)$/m).then(([, url]) => url as string);
  ready.catch(() => {});
  return { child, ready, exited, says };
}

/** Ends a process that still runs, at once. */
export async function killProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
