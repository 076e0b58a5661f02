import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { benches } from '../../bench/benches.ts';
import type { BenchReport } from '../../bench/harness/report.ts';
import { composePerformance } from '../../bench/report/write-performance.ts';

const root = new URL('../../', import.meta.url);

function runBenches(...args: string[]) {
  const command = ['--import', 'tsx', fileURLToPath(new URL('bench/main.ts', root)), ...args];
  return promisify(execFile)(process.execPath, command, { cwd: fileURLToPath(root), maxBuffer: 2 ** 26 });
}

it('every bench still runs, and holds its rows against a floor', { timeout: 600_000 }, async () => {
  const { stdout } = await runBenches('--smoke', '--json');
  const reports: BenchReport[] = JSON.parse(stdout);
  expect(reports.map(({ bench }) => bench)).toEqual(benches.map(({ name }) => name));
  for (const { bench, comparisons, facts } of reports) {
    expect(comparisons.length + facts.length, bench).toBeGreaterThan(0);
    for (const { title, rows } of comparisons) {
      expect(rows.map(({ kind }) => kind).slice(0, 2), title).toEqual(['floor', 'noise']);
      expect(rows.length, title).toBeGreaterThan(2);
      for (const { name, median, toFloor } of rows) {
        expect(median, `${title}: ${name}`).toBeGreaterThan(0);
        expect(toFloor.median, `${title}: ${name}`).toBeGreaterThan(0);
        expect(Number.isFinite(toFloor.median), `${title}: ${name}`).toBe(true);
      }
    }
  }
});

it.each([
  [['wkae'], /there is no bench wkae; there are wake, /],
  [['wake', '--rounds', '4'], /--rounds 4 is not a whole number of 5 or more/],
  [['wake', '--fast'], /--fast/],
])('refuses %j in plain words, before it measures anything', async (args, message) => {
  await expect(runBenches(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
});

it('docs/performance.md is what the figures that are kept come to: npm run bench -- --rewrite', async () => {
  const docs = new URL('docs/', root);
  expect(await readFile(new URL('performance.md', docs), 'utf8')).toBe(await composePerformance(docs, benches));
});
