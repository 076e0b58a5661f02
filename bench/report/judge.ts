import type { Fact } from '../harness/bench.ts';
import type { Aim, ComparedRow, Comparison } from '../harness/compare.ts';
import type { Ratio } from '../harness/statistics.ts';

export interface Judged {
  /** What was aimed at, and what it is. */
  text: string;
  isReached: boolean;
}

/** How the figures stand to what the project aims at. */
export function judge(comparisons: readonly Comparison[], facts: readonly Fact[]): Judged[] {
  return [
    ...comparisons.flatMap((comparison) =>
      comparison.rows.flatMap((row) => (row.aims ?? []).flatMap((aim) => judgeRow(comparison, row, aim))),
    ),
    ...facts.flatMap(judgeFact),
  ];
}

/** Whether a row cannot be told from its floor: its ratio lies within what the floor's is to itself. */
export function isEqual({ toFloor }: ComparedRow, { rows }: Comparison): boolean {
  const noise = rows.find(({ kind }) => kind === 'noise')?.toFloor;
  return noise !== undefined && toFloor.median >= noise.lowest && toFloor.median <= noise.highest;
}

function judgeRow(comparison: Comparison, row: ComparedRow, { to, ...bounds }: Aim): Judged[] {
  const ratio: Ratio | undefined = to === 'peer' ? row.toPeer : row.toFloor;
  if (ratio === undefined) return [];
  const base = to === 'peer' ? 'the best peer' : 'the floor';
  const subject = `${comparison.title}: ${row.name}`;
  const judged = judgeValue(subject, Number(ratio.median.toFixed(2)), bounds, ` x ${base}`);
  // No better and no worse than the floor is what an aim of 1 asks for, and that is what equal means.
  const asksForEqual = to === 'floor' && (bounds.atLeast ?? bounds.atMost) === 1;
  if (judged.isReached || !asksForEqual || !isEqual(row, comparison)) return [judged];
  return [{ text: `${judged.text}, equal within the noise`, isReached: true }];
}

function judgeFact({ name, value, unit, atLeast, atMost }: Fact): Judged[] {
  if (atLeast === undefined && atMost === undefined) return [];
  return [judgeValue(name, value, { atLeast, atMost }, ` ${unit}`)];
}

function judgeValue(
  subject: string,
  value: number,
  { atLeast, atMost }: { atLeast?: number | undefined; atMost?: number | undefined },
  unit: string,
): Judged {
  const isReached = (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
  const bound = atLeast === undefined ? `at most ${format(atMost)}` : `at least ${format(atLeast)}`;
  return { text: `${subject}: ${bound}${unit}; it is ${format(value)}`, isReached };
}

function format(value: number | undefined): string {
  return (value ?? 0).toLocaleString('en', { maximumFractionDigits: 2 });
}
