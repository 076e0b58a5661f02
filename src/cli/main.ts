#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { runCli } from './run-cli.ts';

if (existsSync('.env')) process.loadEnvFile('.env');
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // A second call ends it at once; what it had begun in the database is rolled back there.
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  });
}
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    // Whoever read has gone, as `head` does: it ends like any other program at the end of a pipe, without a word.
    if ('code' in error && error.code === 'EPIPE') process.exit(141);
    throw error;
  });
}
process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupt.signal,
});
