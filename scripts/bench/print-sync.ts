import type { ComparedRow, Comparison } from './compare.ts';
import { describeRatio, describeRun } from './describe-run.ts';
import { markdownTable } from './markdown-table.ts';
import type { SyncMeasures } from './measure-sync.ts';
import type { BenchRun } from './run-bench.ts';

/** The report as a person reads it; its table can be pasted into docs/performance.md. */
export function printSync(report: SyncMeasures & BenchRun): void {
  const rows = report.comparisons.flatMap(({ title, unit, rows }) => [
    [`**${title}**`, unit, ''],
    ...rows.map((row) => cells(row, unit)),
  ]);
  console.log(`
${markdownTable([['', 'median', 'to the floor'], ...rows])}

Medians of ${report.rounds} rounds, in each of which the rows of a group take turns in random order. The first row of a group is its
floor; ratios: median of the rounds (lowest to highest). An open stream takes ${Math.round(report.bytesPerStream / 1024)} KB in the process of the service.

${aims(report.comparisons)}

${describeRun(report)}`);
}

function cells({ name, median, toFloor }: ComparedRow, unit: Comparison['unit']): string[] {
  const value = unit === 'ms' ? median.toFixed(1) : Math.round(median).toLocaleString('en');
  return [name, value, describeRatio(toFloor)];
}

function aims(comparisons: Comparison[]): string {
  const aimed = comparisons.flatMap(({ title, rows }) => rows.map((row) => ({ title, ...row })));
  return aimed
    .flatMap(({ title, name, aim, toFloor }) =>
      aim === undefined
        ? []
        : [
            `Aim: ${title}, ${name}: at least ${aim}; it is ${toFloor.median.toFixed(2)}${toFloor.median < aim ? ', MISSED' : ''}.`,
          ],
    )
    .join('\n');
}
