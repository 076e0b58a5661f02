import type { OutboxRow, ReplicaDatabase } from './database.ts';
import { dropRow } from './drop-row.ts';
import { refreshRecords } from './refresh-records.ts';
import { keepAside } from './set-aside.ts';

const RECORD_GONE = {
  reason: 'record_gone',
  message: 'the suggestion that this was changed on did not become a record',
  issues: [],
};

/**
 * Takes a decision back, with all that was shown of it; what the person made on a record that it would have created is
 * kept in a note. Part of a transaction.
 */
export async function takeBack(db: ReplicaDatabase, decision: OutboxRow, at: string): Promise<void> {
  const orphans = await dropRow(db, decision);
  await keepAside(db, orphans, RECORD_GONE, at);
  await refreshRecords(
    db,
    [decision, ...orphans].flatMap(({ touches }) => touches),
  );
}
