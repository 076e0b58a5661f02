import type { DecisionConflict } from '../../core/sync/wire.ts';
import type { OutboxRow, ReplicaDatabase } from './database.ts';
import { takeBack } from './take-back.ts';

/** Takes back a decision that the service did not make, and leaves a note of what holds instead. Part of a transaction. */
export async function withdrawDecision(
  db: ReplicaDatabase,
  decision: OutboxRow,
  { reason, message, decision: winning }: Pick<DecisionConflict, 'reason' | 'message' | 'decision'>,
  at: string,
): Promise<void> {
  await takeBack(db, decision, at);
  const { status, feedback } = decision.change.data ?? {};
  await db.notes.put({
    id: `withdrawn/${decision.eventId}`,
    at,
    kind: 'withdrawn',
    proposalId: decision.change.id,
    decision: status === 'approved' ? 'approved' : 'rejected',
    feedback: typeof feedback === 'string' ? feedback : null,
    reason,
    message,
    winning,
  });
}
