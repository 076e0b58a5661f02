import { seededRandom } from '../../test/support/seeded-random.ts';

/** Choices that are the same at every run of a seed; drawn by the million, so there is nothing to them. */
export interface Draws {
  /** A whole number from 0, below this. */
  below(end: number): number;
  pick<T>(from: readonly T[]): T;
  /** True in so many of a hundred. */
  percent(share: number): boolean;
  /** The same items in another order. */
  shuffle<T>(items: readonly T[]): T[];
}

export function drawsOf(seed: number): Draws {
  const next = seededRandom(seed);
  const below = (end: number) => Math.floor(next() * end);
  return {
    below,
    pick: <T>(from: readonly T[]) => from[below(from.length)] as T,
    percent: (share) => next() * 100 < share,
    shuffle<T>(items: readonly T[]) {
      const shuffled = [...items];
      for (let end = shuffled.length; end > 1; end--) {
        const at = below(end);
        [shuffled[at], shuffled[end - 1]] = [shuffled[end - 1] as T, shuffled[at] as T];
      }
      return shuffled;
    },
  };
}
