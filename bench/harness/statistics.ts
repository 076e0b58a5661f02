/** The q-quantile (0 to 1) of samples, interpolated between neighbours. */
export function quantile(samples: readonly number[], q: number): number {
  if (samples.length === 0) throw new RangeError('there is no quantile of no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = (sorted.length - 1) * q;
  const low = sorted[Math.floor(rank)]!;
  const high = sorted[Math.ceil(rank)]!;
  return low + (high - low) * (rank - Math.floor(rank));
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const pick = Math.floor(Math.random() * (last + 1));
    [result[last], result[pick]] = [result[pick]!, result[last]!];
  }
  return result;
}

export interface Ratio {
  /** Median over the rounds. */
  median: number;
  lowest: number;
  highest: number;
}

/** The ratio of two rows, taken within each round, where both met the same weather, and then over the rounds. */
export function ratioOf(rounds: readonly number[], base: readonly number[]): Ratio {
  const ratios = rounds.map((value, round) => value / base[round]!);
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}
