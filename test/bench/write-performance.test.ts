import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Bench } from '../../bench/harness/bench.ts';
import type { BenchReport } from '../../bench/harness/report.ts';
import { writePerformance } from '../../bench/report/write-performance.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pg-missions-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const docs = () => pathToFileURL(`${folder}/`);

async function benchCalled(name: string): Promise<Bench> {
  await writeFile(join(folder, `${name}-about.md`), `About ${name}.\n`);
  const about = pathToFileURL(join(folder, `${name}-about.md`));
  return { name, title: `The ${name}`, about, packages: [], rounds: 5, measure: async () => ({ comparisons: [] }) };
}

function reportOf(bench: string, value: number): BenchReport {
  const ratio = { median: value, lowest: value, highest: value };
  return {
    bench,
    command: `npm run bench -- ${bench}`,
    machine: { cpus: '2 x a CPU', memory: '4 GiB', system: 'Linux', date: '2026-01-02', versions: { node: '20.20.2' } },
    comparisons: [
      {
        title: 'rows <&> "quotes"',
        unit: 'rows/s',
        rounds: 5,
        rows: [
          { name: 'the floor', kind: 'floor', median: 1_000, toFloor: { median: 1, lowest: 1, highest: 1 } },
          { name: 'ours', kind: 'ours', median: 340, toFloor: ratio, aims: [{ to: 'floor', atLeast: 0.5 }] },
        ],
      },
    ],
    facts: [],
  };
}

it('has a section for each bench: words, table, chart, aims, machine', async () => {
  await writePerformance(docs(), [await benchCalled('push')], [reportOf('push', 0.34)]);
  const text = await readFile(join(folder, 'performance.md'), 'utf8');
  for (const part of [
    '## The push',
    'About push.',
    '| **ours**          |    340 | 0.34 (0.34 to 0.34) |',
    '![The push](performance/push.svg)',
    '- **missed**: rows <&> "quotes": ours: at least 0.5 x the floor; it is 0.34',
    '`npm run bench -- push`, 2026-01-02: 2 x a CPU',
  ]) {
    expect(text).toContain(part);
  }
});

it('keeps what other runs measured', async () => {
  const benches = [await benchCalled('push'), await benchCalled('pull')];
  await writePerformance(docs(), benches, [reportOf('push', 0.34)]);
  expect(await readFile(join(folder, 'performance.md'), 'utf8')).toContain('Not measured yet: `npm run bench -- pull`');
  await writePerformance(docs(), benches, [reportOf('pull', 0.7)]);
  const text = await readFile(join(folder, 'performance.md'), 'utf8');
  expect(text).toContain('0.34 (0.34 to 0.34)');
  expect(text).toContain('0.70 (0.70 to 0.70)');
  expect(await readdir(join(folder, 'performance'))).toEqual(['pull.json', 'pull.svg', 'push.json', 'push.svg']);
});

it('draws names as text, never as markup', async () => {
  await writePerformance(docs(), [await benchCalled('push')], [reportOf('push', 0.34)]);
  const svg = await readFile(join(folder, 'performance', 'push.svg'), 'utf8');
  expect(svg).toContain('rows &#60;&#38;&#62; &#34;quotes&#34;');
  expect(svg).toContain('>0.34 x</text>');
});
