import type { Change } from '../core/log/change.ts';
import { appendBatch } from './append-batch.ts';
import type { Transaction } from './database.ts';

/** Appends changes to a person's log: see appendBatch. Returns what the log admitted. */
export async function appendChanges(
  tx: Transaction,
  userId: string,
  changes: Change[],
): Promise<{ id: string; position: number }[]> {
  return (await appendBatch(tx, userId, changes)).admitted;
}
