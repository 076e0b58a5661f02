import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface ServerGuard {
  serverStarted(pid: number): void;
  serverStopped(): void;
  /** Ends the guard; what is left of the directory is deleted, and a disk stays as it is. */
  release(): void;
}

/**
 * Sees to it that no server and no temporary directory outlives this process, however it ends: exit hooks do not run
 * on `kill -9`, and cannot wait otherwise. A small process of its own notices that its stdin was closed, kills the
 * server that it was last told of, deletes the directory, and unmounts the disk that it is on, if that was mounted for it.
 */
export function guardServer(directory: string, disk?: string): ServerGuard {
  const watchdog = fileURLToPath(new URL('postgres-watchdog.mjs', import.meta.url));
  // Its own process group: a Ctrl-C in the terminal must not reach it. The directory is handed over, not entered.
  const args = [watchdog, directory, ...(disk === undefined ? [] : [disk])];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref();
  const stdin: Writable & { unref?(): void } = child.stdin;
  stdin.unref?.();
  stdin.on('error', () => {}); // the watchdog is gone; there is nobody left to tell
  return {
    serverStarted: (pid) => stdin.write(`${pid}\n`),
    serverStopped: () => stdin.write('0\n'),
    release: () => stdin.end('released\n'),
  };
}
