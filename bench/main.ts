// `npm run bench [-- <name> ...] [--rounds N] [--json]`: measures, prints, and writes docs/performance.md anew.
// With --smoke everything runs once and small, to show that it still works; such figures say nothing and are not kept.
// With --rewrite nothing is measured: the document is written from the figures that are kept.
import { parseArgs } from 'node:util';
import { benches } from './benches.ts';
import type { Bench } from './harness/bench.ts';
import type { BenchReport } from './harness/report.ts';
import { runBench } from './harness/run-bench.ts';
import { printReport } from './report/print-report.ts';
import { writePerformance } from './report/write-performance.ts';

const LEAST_ROUNDS = 5;
const { chosen, rounds, isJson, isSmoke } = readCommand();

const reports: BenchReport[] = [];
for (const bench of chosen) {
  try {
    const report = await runBench(bench, {
      ...(rounds === undefined ? {} : { rounds }),
      isSmoke,
      onProgress: (line) => console.error(line),
    });
    reports.push(report);
    if (!isJson) console.log(`\n${printReport(bench, report, { isSmoke })}\n`);
  } catch (error) {
    console.error(`${bench.name} failed: ${explain(error)}`);
    process.exitCode = 1;
  }
}
if (isJson) console.log(JSON.stringify(reports, null, 2));
if (!isSmoke) await writePerformance(new URL('../docs/', import.meta.url), benches, reports);

function readCommand() {
  const { values, positionals } = parse();
  const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    return refuse(`there is no bench ${unknown.join(', ')}; there are ${benches.map(({ name }) => name).join(', ')}`);
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= LEAST_ROUNDS)) {
    return refuse(`--rounds ${values.rounds} is not a whole number of ${LEAST_ROUNDS} or more`);
  }
  const isChosen = ({ name }: Bench) => positionals.length === 0 || positionals.includes(name);
  const chosen = values.rewrite ? [] : benches.filter(isChosen);
  return { chosen, rounds, isJson: values.json, isSmoke: values.smoke };
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        json: { type: 'boolean', default: false },
        smoke: { type: 'boolean', default: false },
        rewrite: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack}${error.cause === undefined ? '' : `\nbecause of ${explain(error.cause)}`}`;
}
