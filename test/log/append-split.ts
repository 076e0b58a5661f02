import fc from 'fast-check';
import type { Change } from '../../src/core/log/change.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { withUser } from '../../src/database/database.ts';
import type { TestEngine } from '../support/engines.ts';

export const ROW_BY_ROW = [1];
export const ALL_IN_ONE = [Number.MAX_SAFE_INTEGER];

/** How many changes each statement holds, in turn: row by row, all in one, or any sizes. */
export const split: fc.Arbitrary<number[]> = fc.oneof(
  fc.constant(ROW_BY_ROW),
  fc.constant(ALL_IN_ONE),
  fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 5 }),
);

/**
 * How a property over whole histories runs: a failing one is shrunk for as long as there is time, not for ever (each step
 * is a database's work), and is then reported with its seed. Pass `HISTORY_TIMEOUT` to the test itself.
 */
export function runs(numRuns: number) {
  return { numRuns, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true };
}
export const HISTORY_TIMEOUT = 90_000;

/** Appends a history to a person's log, cut into statements, each in a transaction of its own. */
export async function appendSplit(engine: TestEngine, user: string, changes: Change[], sizes: number[]): Promise<void> {
  for (let start = 0, turn = 0; start < changes.length; turn += 1) {
    const end = start + sizes[turn % sizes.length]!;
    const batch = changes.slice(start, end);
    await withUser(engine.db, user, (tx) => appendChanges(tx, user, batch));
    start = end;
  }
}
