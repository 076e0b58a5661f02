// Run by guard-server.ts: `node postgres-watchdog.mjs <directory>`. Each line of stdin is the id of the server's
// process, 0 for none. When stdin is closed, kills the server and deletes the directory.
import { rm } from 'node:fs/promises';

const directory = process.argv[2];
let told = '';
for await (const text of process.stdin.setEncoding('utf8')) told += text;

const pid = Number(told.trim().split('\n').at(-1));
try {
  if (pid > 0) process.kill(pid, 'SIGKILL');
} catch {
  // It was gone already.
}
// Backends notice the death of their server within moments, and may still write until then.
await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
