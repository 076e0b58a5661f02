import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { bundle } from '../../scripts/bundle.mjs';

export interface ServiceProcess {
  child: ChildProcess;
  /** Its URL, once it answers; rejects with what it said when it ends instead. */
  ready: Promise<string>;
  exited: Promise<{ code: number; output: string }>;
}

/** What `npm start` runs once everything is installed and built. */
export const MAIN: [string, ...string[]] = [process.execPath, bundle('src/main.ts')];

/** Starts the service as a process, as `npm start` runs it, on a port of its own. */
export function startServiceProcess(environment: Record<string, string>, [command, ...args] = MAIN): ServiceProcess {
  const child = spawn(command, args, {
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'close').then(([code]) => ({ code: code as number, output }));
  const url = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const found = /^pg-missions (http:\S+)$/m.exec(output);
        if (found?.[1]) resolve(found[1]);
      });
    }
  });
  const ready = Promise.race([url, exited.then(({ output: said }) => Promise.reject(new Error(said)))]);
  ready.catch(() => {});
  return { child, ready, exited };
}

/** Ends a process that still runs, at once. */
export async function killProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
