import type { Machine } from './machine.ts';
import type { Latency, Row, WakeMeasures } from './measure-wake.ts';
import type { Ratio } from './statistics.ts';

export interface WakeReport extends WakeMeasures {
  command: string;
  machine: Machine;
  server: Record<string, string>;
}

/** The aim of the project: the planner is called within this many times what a claim alone takes. */
const AIM = 1.25;

const NAMES: Record<Row, string> = {
  notify: '(a) NOTIFY received',
  notifyAgain: '(a) again',
  claim: '(b) NOTIFY + one durable claim',
  service: '(c) planner called, all read',
};

/** The report as a person reads it. */
export function printWake(report: WakeReport): void {
  const { machine } = report;
  const settings = (values: Record<string, string>, between: string) =>
    Object.entries(values)
      .map(([name, value]) => `${name}${between}${value}`)
      .join(', ');
  const rows = Object.entries(report.rows).map(([row, latency]) => tableRow(NAMES[row as Row], latency));
  const { service, notifyAgain } = report.rows;
  console.log(`
Commit of a mission edit in another process -> ..., in ms

${table([['', 'p50', 'p99', 'to (a)', 'to (b)'], ...rows])}

p50: median of ${report.rounds} rounds of ${report.samples}, interleaved; p99: of all samples. Ratios: median of the rounds (lowest to highest).
Noise: (a) against itself ${ratio(notifyAgain.toNotify)}. Aim: (c) at most ${AIM} x (b); it is ${service.toClaim.median.toFixed(2)}.

Where the time of (c) goes, p50 in ms

${table(report.parts.map(({ name, p50 }) => [name, p50.toFixed(3)]))}

${machine.cpus}, ${machine.memory}, ${machine.system}; ${settings(machine.versions, ' ')}
Postgres with ${settings(report.server, '=')}
${machine.date}  ${report.command}`);
}

function tableRow(name: string, { p50, p99, toNotify, toClaim }: Latency): string[] {
  return [name, p50.toFixed(2), p99.toFixed(2), ratio(toNotify), ratio(toClaim)];
}

function ratio({ median, lowest, highest }: Ratio): string {
  return `${median.toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
}

/** The first column to the left, the others to the right. */
function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column ? cell.padStart(widths[column]!) : cell.padEnd(widths[0]!))).join('   '),
    )
    .join('\n');
}
