/** Round numbers for an axis of counts, from 0 to at least `most`: three to five of them, whole. */
export function countTicks(most: number): number[] {
  const step = niceStep(Math.max(1, most) / 4);
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** Powers of ten around some values, at least two: nothing below 1. */
export function decadeTicks(values: readonly number[]): number[] {
  const known = values.map((value) => Math.max(1, value));
  const low = known.length === 0 ? 0 : Math.floor(Math.log10(Math.min(...known)));
  const high = Math.max(low + 1, known.length === 0 ? 1 : Math.ceil(Math.log10(Math.max(...known))));
  return Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
}

function niceStep(rough: number): number {
  const decade = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = [1, 2, 5, 10].find((factor) => factor * decade >= rough) ?? 10;
  return step * decade;
}
