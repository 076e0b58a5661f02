import { countTicks } from './ticks.ts';

/** Where a plot may draw, in CSS pixels. Below and to the left of it stand the labels. */
export const MARGIN = { top: 8, right: 4, bottom: 20, left: 32 };
/** Room that a label below a bar needs. */
const LABEL_WIDTH = 56;
const GAP = 0.3;

export interface BarLayout {
  /** One for each value above nothing. */
  rects: { bar: number; series: number; x: number; y: number; width: number; height: number }[];
  ticks: { value: number; y: number }[];
  /** Of the bars that have room for one. */
  labels: { bar: number; x: number }[];
}

/** Lays out bars of stacked counts, the first series at the bottom. `most` makes several plots comparable. */
export function layoutBars(
  bars: readonly (readonly number[])[],
  { width, height }: { width: number; height: number },
  most = highest(bars),
): BarLayout {
  const inner = { width: Math.max(0, width - MARGIN.left - MARGIN.right), bottom: height - MARGIN.bottom };
  const values = countTicks(most);
  const top = values.at(-1) ?? 1;
  const yOf = (value: number) => inner.bottom - (value / top) * (inner.bottom - MARGIN.top);
  const step = inner.width / Math.max(1, bars.length);
  const barWidth = Math.min(step * (1 - GAP), 40);
  const middle = (bar: number) => MARGIN.left + step * (bar + 0.5);

  const rects = bars.flatMap((counts, bar) => {
    let below = 0;
    return counts.flatMap((count, series) => {
      const from = below;
      below += count;
      if (count <= 0) return [];
      const y = yOf(below);
      return [{ bar, series, x: middle(bar) - barWidth / 2, y, width: barWidth, height: yOf(from) - y }];
    });
  });
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / Math.max(step, 1)));
  // Counted from the end: the present has its label.
  const labels = bars
    .map((_, bar) => ({ bar, x: middle(bar) }))
    .filter(({ bar }) => (bars.length - 1 - bar) % every === 0);
  return { rects, ticks: values.map((value) => ({ value, y: yOf(value) })), labels };
}

/** The height of the highest bar. */
export function highest(bars: readonly (readonly number[])[]): number {
  return Math.max(0, ...bars.map((counts) => counts.reduce((sum, count) => sum + count, 0)));
}
