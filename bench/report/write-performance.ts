import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Bench } from '../harness/bench.ts';
import type { BenchReport } from '../harness/report.ts';
import { describeRun } from './describe-run.ts';
import { drawChart } from './draw-chart.ts';
import { judge } from './judge.ts';
import { tabulate, tabulateFacts } from './tabulate.ts';

const INTRODUCTION = `# Performance

Made by \`npm run bench\`: do not edit. Words on a bench stand in the about.md of its folder under bench/, the figures of the
last run of each, as JSON, in docs/performance/.

Absolute figures hold for the machine named; ratios carry over. The first row of a table is its floor: the least that does the
same work, measured in the same run on the same server. It is measured twice; the second row is the noise, and a ratio that lies
within it is called equal. A figure is the median of its rounds, in which the rows take turns in random order; a ratio is taken
within each round: median (lowest to highest). **Bold** is this project, (peer) another one.
`;

/**
 * Keeps the reports (docs/performance/<bench>.json, and .svg where there is something to compare) and writes
 * docs/performance.md anew from all that are kept.
 */
export async function writePerformance(docs: URL, benches: readonly Bench[], reports: BenchReport[]): Promise<void> {
  const folder = new URL('performance/', docs);
  await mkdir(folder, { recursive: true });
  for (const report of reports) {
    const bench = benches.find(({ name }) => name === report.bench) as Bench;
    await writeFile(new URL(`${report.bench}.json`, folder), `${JSON.stringify(report, null, 2)}\n`);
    if (report.comparisons.length === 0) continue;
    await writeFile(new URL(`${report.bench}.svg`, folder), drawChart(bench.title, report.comparisons));
  }
  await writeFile(new URL('performance.md', docs), await composePerformance(docs, benches));
}

/** The text of docs/performance.md: the words on each bench, and the report that is kept of it. */
export async function composePerformance(docs: URL, benches: readonly Bench[]): Promise<string> {
  const folder = new URL('performance/', docs);
  const sections = await Promise.all(benches.map(async (bench) => sectionOf(bench, await readReport(folder, bench))));
  return [INTRODUCTION, ...sections].join('\n');
}

async function readReport(folder: URL, { name }: Bench): Promise<BenchReport | undefined> {
  try {
    return JSON.parse(await readFile(new URL(`${name}.json`, folder), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function sectionOf({ name, title, about }: Bench, report: BenchReport | undefined): Promise<string> {
  const words = (await readFile(about, 'utf8')).trim();
  if (!report) return `## ${title}\n\n${words}\n\nNot measured yet: \`npm run bench -- ${name}\`.\n`;
  const { comparisons, facts } = report;
  const judged = judge(comparisons, facts).map(
    ({ text, isReached }) => `- ${isReached ? 'reached' : '**missed**'}: ${text}`,
  );
  const parts = [
    `## ${title}`,
    words,
    ...(comparisons.length > 0 ? [tabulate(comparisons), `![${title}](performance/${name}.svg)`] : []),
    ...(facts.length > 0 ? [tabulateFacts(facts)] : []),
    ...(judged.length > 0 ? [`Aims:\n\n${judged.join('\n')}`] : []),
    describeRun(report),
  ];
  return `${parts.join('\n\n')}\n`;
}
