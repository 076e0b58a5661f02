import { MARGIN } from './layout-bars.ts';
import { decadeTicks } from './ticks.ts';

export interface PointLayout {
  points: { x: number; y: number }[];
  ticks: { value: number; y: number }[];
}

/** Lays out values over time. The values are above nothing and lie decades apart, so each decade gets the same height. */
export function layoutPoints(
  points: readonly { at: Date; value: number }[],
  { width, height }: { width: number; height: number },
  marginLeft: number,
): PointLayout {
  const values = decadeTicks(points.map(({ value }) => value));
  const [low, high] = [Math.log10(values[0] ?? 1), Math.log10(values.at(-1) ?? 10)];
  const bottom = height - MARGIN.bottom;
  const yOf = (value: number) =>
    bottom - ((Math.log10(Math.max(value, 1)) - low) / (high - low)) * (bottom - MARGIN.top);

  const times = points.map(({ at }) => at.getTime());
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const left = marginLeft + 6;
  const inner = Math.max(0, width - MARGIN.right - 6 - left);
  const xOf = (time: number) => left + (last > first ? (time - first) / (last - first) : 0.5) * inner;
  return {
    points: points.map(({ at, value }) => ({ x: xOf(at.getTime()), y: yOf(value) })),
    ticks: values.map((value) => ({ value, y: yOf(value) })),
  };
}
