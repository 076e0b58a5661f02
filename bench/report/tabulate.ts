import type { Fact } from '../harness/bench.ts';
import type { ComparedRow, Comparison } from '../harness/compare.ts';
import type { Ratio } from '../harness/statistics.ts';
import { formatValue } from '../harness/units.ts';
import { isEqual } from './judge.ts';
import { markdownTable } from './markdown-table.ts';

/** Comparisons as Markdown tables, which read well in a terminal too. */
export function tabulate(comparisons: readonly Comparison[]): string {
  return comparisons.map(tabulateOne).join('\n\n');
}

export function tabulateFacts(facts: readonly Fact[]): string {
  return markdownTable([
    ['', 'value'],
    ...facts.map(({ name, value, unit }) => [name, `${formatValue(value, unit)} ${unit}`]),
  ]);
}

function tabulateOne(comparison: Comparison): string {
  const { title, unit, rows } = comparison;
  const hasTails = rows.some(({ p99 }) => p99 !== undefined);
  const hasPeers = rows.some(({ toPeer }) => toPeer !== undefined);
  const head = [
    title,
    hasTails ? `p50, ${unit}` : unit,
    ...(hasTails ? [`p99, ${unit}`] : []),
    'to the floor',
    ...(hasPeers ? ['to the best peer'] : []),
  ];
  return markdownTable([
    head,
    ...rows.map((row) => [
      row.kind === 'ours' ? `**${row.name}**` : row.kind === 'peer' ? `${row.name} (peer)` : row.name,
      formatValue(row.median, unit),
      ...(hasTails ? [row.p99 === undefined ? '' : formatValue(row.p99, unit)] : []),
      ratioCell(row, comparison),
      ...(hasPeers ? [row.toPeer ? formatRatio(row.toPeer) : ''] : []),
    ]),
  ]);
}

function ratioCell(row: ComparedRow, comparison: Comparison): string {
  const isFloor = row.kind === 'floor' || row.kind === 'noise';
  return `${formatRatio(row.toFloor)}${!isFloor && isEqual(row, comparison) ? ' equal' : ''}`;
}

function formatRatio({ median, lowest, highest }: Ratio): string {
  return `${median.toFixed(2)} (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
}
