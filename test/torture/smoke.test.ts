import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Outcome } from '../../torture/harness/job.ts';
import { jobs } from '../../torture/jobs.ts';
import { composeReliability } from '../../torture/report/write-reliability.ts';

const root = new URL('../../', import.meta.url);

it('every scenario injects its faults, and every law holds', { timeout: 600_000 }, async () => {
  const command = ['--import', 'tsx', 'torture/main.ts', '--smoke', '--json', '--seed', '20261123'];
  const options = { cwd: fileURLToPath(root), maxBuffer: 2 ** 26 };
  // It ends with 1 where a law is broken, and says in what it prints which.
  const { stdout } = await promisify(execFile)(process.execPath, command, options).catch((error) => {
    if (error.code === 1 && error.stdout !== '') return error as { stdout: string };
    throw error;
  });
  const outcomes: Outcome[] = JSON.parse(stdout);
  expect(outcomes.map(({ scenario }) => scenario)).toEqual(
    jobs.flatMap(({ name, test }) => (test === undefined ? [name] : [])),
  );
  for (const { scenario, violations, missing, counts } of outcomes) {
    expect(violations, scenario).toEqual([]);
    // A machine on which nobody may mount a disk says so, and attacks with the rest.
    const hasNoDisk = Object.keys(counts).some((name) => name.startsWith('no disk to fill'));
    expect(missing, scenario).toEqual(hasNoDisk ? ['disk full', 'disk full to the WAL', 'pushes answered 507'] : []);
    expect(counts['changes in the log'], scenario).toBeGreaterThan(0);
  }
});

it('docs/reliability.md is what the runs that are kept come to: npm run torture -- --rewrite', async () => {
  const docs = new URL('docs/', root);
  expect(await readFile(new URL('reliability.md', docs), 'utf8')).toBe(await composeReliability(docs, jobs));
});
