import { describeRatio, describeRun } from './describe-run.ts';
import { markdownTable } from './markdown-table.ts';
import type { RebuildMeasures } from './measure-rebuild.ts';
import type { BenchRun } from './run-bench.ts';

/** The report as a person reads it; its table can be pasted into docs/performance.md. */
export function printRebuild(report: RebuildMeasures & BenchRun): void {
  const { comparison, rounds, peakMemory, twiceTheLog } = report;
  const rows = comparison.rows.map(({ name, median, toFloor }) => [
    name,
    Math.round(median).toLocaleString('en'),
    describeRatio(toFloor),
  ]);
  const aims = comparison.rows.flatMap(({ name, aim, toFloor }) =>
    aim === undefined
      ? []
      : [`Aim: ${name}: at least ${aim}; it is ${toFloor.median.toFixed(2)}${toFloor.median < aim ? ', MISSED' : ''}.`],
  );
  const megabytes = Math.round(peakMemory / 1e6);
  console.log(`
${markdownTable([[comparison.title, 'rows/s', 'to the floor'], ...rows])}

Medians of ${rounds} rounds, in each of which the rows take turns in random order; ratios: median of the rounds (lowest to
highest). The process that rebuilds held ${megabytes} MB at the most. Twice the log took ${describeRatio(twiceTheLog)} times as long.

${aims.join('\n')}
Aim: memory below 300 MB; it is ${megabytes}${megabytes >= 300 ? ', MISSED' : ''}.

${describeRun(report)}`);
}
