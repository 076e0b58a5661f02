import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { ComparisonOptions } from '../harness/compare.ts';

export interface StartDeps {
  root: string;
  /** Where the data directories are made. */
  scratch: string;
  /** The floor, bundled as the service is: what tsx takes is no part of a boot. */
  bootBundle: string;
  isNew: boolean;
}

/** From the spawning of `npm start` until /readyz says yes, against a process that boots the embedded database alone. */
export function measureStart({ root, scratch, bootBundle, isNew }: StartDeps): ComparisonOptions {
  const bootDir = join(scratch, 'boot');
  const dataDir = join(scratch, 'service');
  const service = (command: string, args: string[]) => async () => {
    if (isNew) rmSync(dataDir, { recursive: true, force: true });
    return start(root, dataDir, command, args);
  };
  return {
    title: isNew ? 'a new directory' : 'an existing directory',
    unit: 'ms',
    floor: {
      name: 'PGlite alone, one query answered',
      async measure() {
        if (isNew) rmSync(bootDir, { recursive: true, force: true });
        return boot(root, bootBundle, bootDir);
      },
    },
    others: [
      { name: 'npm start', measure: service('npm', ['start']), aims: [{ to: 'floor', atMost: 1.3 }] },
      { name: 'the same without npm', kind: 'part', measure: service(process.execPath, ['scripts/start.mjs']) },
    ],
  };
}

async function boot(root: string, bundle: string, directory: string): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, [bundle, directory], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const ms = performance.now() - begun;
  await once(child, 'exit');
  return ms;
}

async function start(root: string, dataDir: string, command: string, args: string[]): Promise<number> {
  const begun = performance.now();
  const env = { ...process.env, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'error' };
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let ms: number | undefined;
  for await (const line of createInterface(child.stdout)) {
    const url = /^pg-missions (http:\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    while (!(await fetch(`${url}/readyz`)).ok) await delay(1);
    ms = performance.now() - begun;
    break;
  }
  if (ms === undefined) throw new Error(`${command} ${args.join(' ')} ended before it was ready`);
  child.kill();
  await exited;
  // npm ends before the service does.
  while (existsSync(join(dataDir, 'pglite.lock'))) await delay(10);
  return ms;
}
