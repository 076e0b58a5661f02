import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { markdownTable } from '../../bench/report/markdown-table.ts';
import { laws } from '../checker/check.ts';
import type { Job } from '../harness/job.ts';
import { invariantTable } from './invariant-table.ts';
import type { Report } from './report.ts';

const INTRODUCTION = `# Reliability

Made by \`npm run torture\`: do not edit. What was promised, how it was attacked, and what was counted; the last run of each
attack is kept as JSON in docs/reliability/. How a run works, and how to repeat one, stands in torture/README.md; how the
simulation and the interleavings do, and what they leave out, in docs/simulation.md.`;

const OF_LAWS = `## The laws of the scenarios

A real Postgres, the service as processes of its own, TCP proxies between the parties and a model server that keeps books. When
the faults have ended, a checker reads the log, the projections, those books and what clients were told, and holds them against:

${laws.map(({ name, says }) => `- \`${name}\`: ${says}`).join('\n')}`;

/** Keeps the reports and writes docs/reliability.md anew from all that are kept. */
export async function writeReliability(docs: URL, jobs: readonly Job[], reports: Report[]): Promise<void> {
  const folder = new URL('reliability/', docs);
  await mkdir(folder, { recursive: true });
  for (const report of reports) {
    await writeFile(new URL(`${report.scenario}.json`, folder), `${JSON.stringify(report, null, 2)}\n`);
  }
  await writeFile(new URL('reliability.md', docs), await composeReliability(docs, jobs));
}

/** The text of docs/reliability.md: the invariants, the words on each attack, and the report that is kept of it. */
export async function composeReliability(docs: URL, jobs: readonly Job[]): Promise<string> {
  const folder = new URL('reliability/', docs);
  const kept = await Promise.all(jobs.map(async (job) => ({ job, report: await readReport(folder, job) })));
  const sections = kept.map(({ job, report }) => sectionOf(job, report));
  return `${[INTRODUCTION, invariantTable(kept), OF_LAWS, ...sections].join('\n\n')}\n`;
}

async function readReport(folder: URL, { name }: Job): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(new URL(`${name}.json`, folder), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function sectionOf({ name, promise, attack, of, rounds: { smoke }, test }: Job, report: Report | undefined): string {
  const times = smoke === undefined ? '' : `, ${smoke.toLocaleString('en')} ${of}`;
  const inCi = `In CI: \`${test ?? 'test/torture/smoke.test.ts'}\`${times}.`;
  const words = [`## ${name}`, `Promised: ${promise}`, `Attacked: ${attack}`, inCi];
  if (!report) return [...words, `Not run yet: \`npm run torture -- --scenario ${name}\`.`].join('\n\n');
  const { command, machine, seconds, rounds, counts, violations } = report;
  const { cpus, memory, system, date, versions } = machine;
  const list = Object.entries(versions).map(([of, version]) => `${of} ${version}`);
  const found = violations.map(({ law, message }) => `- **broken** \`${law}\`: ${message}`);
  const took = seconds === undefined ? '' : `, ${seconds} s`;
  return [
    ...words,
    markdownTable([
      ['Counted', `in ${rounds.toLocaleString('en')} ${of}`],
      ...Object.entries(counts).map(([what, count]) => [what, String(count)]),
    ]),
    found.length === 0 ? 'Every law held.' : found.join('\n'),
    `\`${command}\`, ${date}${took}: ${cpus}, ${memory}, ${system}; ${list.join(', ')}.`,
  ].join('\n\n');
}
