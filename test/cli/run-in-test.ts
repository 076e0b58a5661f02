import { Writable } from 'node:stream';
import { runCli } from '../../src/cli/run-cli.ts';

/** Runs a command line as the process would, and returns all that a person would see. */
export async function runInTest(args: string[], env: Record<string, string> = {}, signal?: AbortSignal) {
  const stdout = collect();
  const stderr = collect();
  const exitCode = await runCli(args, { env, stdout, stderr, signal: signal ?? new AbortController().signal });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

function collect(): Writable & { text(): string } {
  const chunks: string[] = [];
  const writable = new Writable({
    decodeStrings: false,
    write(chunk, _, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return Object.assign(writable, { text: () => chunks.join('') });
}
