import type { DecisionConflict } from '../../core/sync/wire.ts';
import type { OutboxRow, ReplicaDatabase } from './database.ts';
import { dropRow } from './drop-rows.ts';
import { refreshRecords } from './refresh-records.ts';
import { keepAside } from './set-aside.ts';

/** What was made on a suggestion that came to nothing is kept in a note. */
export const RECORD_GONE = {
  reason: 'record_gone',
  message: 'the suggestion that this was changed on did not become a record',
  issues: [],
};

/** Takes a decision back, with all that was shown of it. Part of a transaction. */
export async function takeBack(db: ReplicaDatabase, row: OutboxRow, at: string): Promise<void> {
  const orphans = await dropRow(db, row);
  await keepAside(db, orphans, RECORD_GONE, at);
  await refreshRecords(
    db,
    [row, ...orphans].flatMap(({ touches }) => touches),
  );
}

/** Takes back a decision that the service did not make, and leaves a note of what holds instead. Part of a transaction. */
export async function withdrawDecision(
  db: ReplicaDatabase,
  row: OutboxRow,
  { reason, message, decision: winning }: Pick<DecisionConflict, 'reason' | 'message' | 'decision'>,
  at: string,
): Promise<void> {
  await takeBack(db, row, at);
  const { status, feedback } = row.change.data ?? {};
  await db.notes.put({
    id: `withdrawn/${row.eventId}`,
    at,
    kind: 'withdrawn',
    proposalId: row.change.id,
    decision: status === 'approved' ? 'approved' : 'rejected',
    feedback: typeof feedback === 'string' ? feedback : null,
    reason,
    message,
    winning,
  });
}
