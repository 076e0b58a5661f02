import { createHash } from 'node:crypto';
import { seededRandom } from '../../test/support/seeded-random.ts';

/** Choices that are the same at every run of a seed. */
export interface Chance {
  /** A whole number from 0, below this. */
  below(end: number): number;
  pick<T>(from: readonly T[]): T;
  /** True in so many of a hundred. */
  percent(share: number): boolean;
}

/**
 * The choices of one part of a run. Each part has its own, named by a label: processes are as quick as they are, and which of
 * two parts asks first must not decide what either of them gets.
 */
export function chanceOf(seed: number, label: string): Chance {
  const next = seededRandom(createHash('sha256').update(`${seed} ${label}`).digest().readInt32LE());
  const below = (end: number) => Math.floor(next() * end);
  return {
    below,
    pick<T>(from: readonly T[]): T {
      if (from.length === 0) throw new RangeError('there is nothing to choose from');
      return from[below(from.length)] as T;
    },
    percent: (share) => next() * 100 < share,
  };
}
