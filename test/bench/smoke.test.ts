import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { benches } from '../../bench/benches.ts';
import type { BenchReport } from '../../bench/harness/report.ts';
import { composePerformance } from '../../bench/report/write-performance.ts';

const root = new URL('../../', import.meta.url);

it('every bench still runs, and holds its rows against a floor', { timeout: 600_000 }, async () => {
  const command = ['--import', 'tsx', 'bench/main.ts', '--smoke', '--json'];
  const options = { cwd: fileURLToPath(root), maxBuffer: 2 ** 26 };
  const { stdout } = await promisify(execFile)(process.execPath, command, options);
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

it('docs/performance.md is what the figures that are kept come to: npm run bench -- --rewrite', async () => {
  const docs = new URL('docs/', root);
  expect(await readFile(new URL('performance.md', docs), 'utf8')).toBe(await composePerformance(docs, benches));
});
