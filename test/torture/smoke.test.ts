import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Outcome } from '../../torture/harness/job.ts';
import { jobs } from '../../torture/jobs.ts';
import { composeReliability } from '../../torture/report/write-reliability.ts';

const root = new URL('../../', import.meta.url);

const scenarios = jobs.flatMap(({ name, test }) => (test === undefined ? [name] : []));

// Each has a process of its own, so that one that hangs or breaks hides none of the others; it costs the start of a Postgres.
test.for(scenarios)('%s injects its faults, and every law holds', { timeout: 300_000 }, async (name, { signal }) => {
  const command = ['--import', 'tsx', 'torture/main.ts', '--smoke', '--scenario', name, '--json', '--seed', '20261123'];
  // Killed when the time is up; its Postgres and its services end with it.
  const options = { cwd: fileURLToPath(root), maxBuffer: 2 ** 26, signal, killSignal: 'SIGKILL' } as const;
  // It ends with 1 where a law is broken, and says in what it prints which.
  const { stdout } = await promisify(execFile)(process.execPath, command, options).catch((error) => {
    if (error.code === 1 && error.stdout !== '') return error as { stdout: string };
    throw error;
  });
  const outcomes: Outcome[] = JSON.parse(stdout);
  expect(outcomes).toMatchObject([{ scenario: name, violations: [] }]);
  const { failed, missing = [], counts = {} } = outcomes[0] ?? {};
  expect(failed).toBeUndefined();
  expect(missing).toEqual(mayMountNothing(counts) ? ['disk full', 'disk full to the WAL', 'pushes answered 507'] : []);
  expect(counts['changes in the log']).toBeGreaterThan(0);
});

/** Only an administrator may mount a disk, and in many a container nobody may: the run says so, and attacks with the rest. */
function mayMountNothing(counts: Outcome['counts']): boolean {
  const reason = Object.keys(counts).find((name) => name.startsWith('no disk to fill'));
  return reason !== undefined && (process.getuid?.() !== 0 || /permission denied/i.test(reason));
}

test('docs/reliability.md is what the runs that are kept come to: npm run torture -- --rewrite', async () => {
  const docs = new URL('docs/', root);
  expect(await readFile(new URL('reliability.md', docs), 'utf8')).toBe(await composeReliability(docs, jobs));
});
