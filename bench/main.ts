// `npm run bench [-- <name> ...] [--rounds N] [--json]`: measures, prints, and writes docs/performance.md anew.
// With --smoke everything runs once and small, to show that it still works; such figures say nothing and are not kept.
// With --rewrite nothing is measured: the document is written from the figures that are kept.
import { benches } from './benches.ts';
import type { BenchReport } from './harness/report.ts';
import { runBench } from './harness/run-bench.ts';
import { bundleWorkers } from './harness/worker.ts';
import { readCommand } from './read-command.ts';
import { printReport } from './report/print-report.ts';
import { writePerformance } from './report/write-performance.ts';

const command = readCommand(process.argv.slice(2), benches);
if (!command.ok) {
  console.error(command.message);
  process.exit(2);
}
const { chosen, isJson, isSmoke } = command;
if (isSmoke) bundleWorkers();
const reports: BenchReport[] = [];
for (const bench of chosen) {
  try {
    const report = await runBench(bench, { ...command, onProgress: (line) => console.error(line) });
    reports.push(report);
    if (!isJson) console.log(`\n${printReport(bench, report, { isSmoke })}\n`);
  } catch (error) {
    console.error(`${bench.name} failed: ${explain(error)}`);
    process.exitCode = 1;
  }
}
if (isJson) console.log(JSON.stringify(reports, null, 2));
if (!isSmoke) await writePerformance(new URL('../docs/', import.meta.url), benches, reports);

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack}${error.cause === undefined ? '' : `\nbecause of ${explain(error.cause)}`}`;
}
