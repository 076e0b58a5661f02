import { describeRatio, describeRun } from './describe-run.ts';
import { markdownTable } from './markdown-table.ts';
import type { Latency, Row, WakeMeasures } from './measure-wake.ts';
import type { BenchRun } from './run-bench.ts';

/** The aim of the project: the planner is called within this many times what a claim alone takes. */
const AIM = 1.25;

const NAMES: Record<Row, string> = {
  notify: '(a) NOTIFY received',
  notifyAgain: '(a) again',
  claim: '(b) NOTIFY + one durable claim',
  service: '(c) planner called, all read',
};

/** The report as a person reads it. */
export function printWake(report: WakeMeasures & BenchRun): void {
  const rows = Object.entries(report.rows).map(([row, latency]) => tableRow(NAMES[row as Row], latency));
  const { service, notifyAgain } = report.rows;
  const parts = report.parts.map(({ name, p50 }) => [name, p50.toFixed(3)]);
  console.log(`
${markdownTable([['commit of a mission edit in another process -> ..., ms', 'p50', 'p99', 'to (a)', 'to (b)'], ...rows])}

p50: median of ${report.rounds} rounds of ${report.samples}, interleaved; p99: of all samples. Ratios: median of the rounds (lowest to highest).
Noise: (a) against itself ${describeRatio(notifyAgain.toNotify)}. Aim: (c) at most ${AIM} x (b); it is ${service.toClaim.median.toFixed(2)}.

${markdownTable([['where the time of (c) goes, ms', 'p50'], ...parts])}

${describeRun(report)}`);
}

function tableRow(name: string, { p50, p99, toNotify, toClaim }: Latency): string[] {
  return [name, p50.toFixed(2), p99.toFixed(2), describeRatio(toNotify), describeRatio(toClaim)];
}
