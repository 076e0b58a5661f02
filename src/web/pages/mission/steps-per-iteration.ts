import type { Iteration } from './read-iteration.ts';

/** More bars than these cannot be told apart on a small window. */
const MOST = 20;

export interface StepCount {
  iterationId: string;
  number: number | null;
  at: Date | null;
  approved: number;
  rejected: number;
  /** A newer plan replaced them, or their time ran out. */
  superseded: number;
  open: number;
}

/** What became of the steps of the newest iterations that had any, oldest first. */
export function stepsPerIteration(iterations: readonly Iteration[]): StepCount[] {
  return iterations
    .filter(({ steps }) => steps.length > 0)
    .slice(0, MOST)
    .map(({ id, number, finishedAt, steps }) => {
      const count = (...of: string[]) => steps.filter(({ status }) => of.includes(status)).length;
      return {
        iterationId: id,
        number,
        at: finishedAt,
        approved: count('approved'),
        rejected: count('rejected'),
        superseded: count('superseded', 'expired'),
        open: count('pending'),
      };
    })
    .reverse();
}
