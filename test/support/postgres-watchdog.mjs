// Run by guard-server.ts: `node postgres-watchdog.mjs <directory> [<mounted disk>]`. Each line of stdin is the id of the
// server's process, 0 for none. When stdin is closed, kills the server, deletes the directory and unmounts the disk that it is
// on; after `released` the disk is for whoever mounted it.
import { execFileSync } from 'node:child_process';
import { rm, rmdir } from 'node:fs/promises';

const [directory, disk] = process.argv.slice(2);
let told = '';
for await (const text of process.stdin.setEncoding('utf8')) told += text;

const last = told.trim().split('\n').at(-1);
try {
  if (Number(last) > 0) process.kill(Number(last), 'SIGKILL');
} catch {
  // It was gone already.
}
// Backends notice the death of their server within moments, and may still write until then.
await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
if (disk !== undefined && last !== 'released') {
  // Lazily: a backend that has not noticed yet is still in it.
  execFileSync('umount', ['-l', disk]);
  await rmdir(disk);
}
