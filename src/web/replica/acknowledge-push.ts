import { canonicalAction } from '../../core/proposals/proposal.ts';
import type { Conflict, DecisionConflict, FieldConflict, PushAnswer } from '../../core/sync/wire.ts';
import { type OutboxRow, type ReplicaDatabase, transact, writeMeta } from './database.ts';
import { withdrawDecision } from './withdraw-decision.ts';

/**
 * Stores what came of a push, in one transaction. The rows stay in the outbox until they come back with the log, in their
 * place among the changes of others. What the answer has of these is left for then: it is of one application alone, so the
 * cursor cannot follow it.
 */
export function acknowledgePush(
  db: ReplicaDatabase,
  batch: readonly OutboxRow[],
  { conflicts }: Pick<PushAnswer, 'conflicts'>,
  nowMs: number,
): Promise<void> {
  return transact(db, async () => {
    const at = new Date(nowMs).toISOString();
    const lost = new Map(conflicts.filter(isOfDecision).map((conflict) => [conflict.eventId, conflict]));
    // What has come back already is gone.
    const rows = (await db.outbox.bulkGet(batch.map(({ seq }) => seq))).filter((row) => row !== undefined);
    await db.outbox.bulkPut(rows.map((row): OutboxRow => ({ ...row, state: 'acknowledged' })));
    for (const row of rows) {
      const conflict = lost.get(row.eventId);
      if (conflict) await withdrawDecision(db, row, conflict, at);
    }
    for (const conflict of conflicts) if (!isOfDecision(conflict)) await noteOverwritten(db, batch, conflict, at);
    await writeMeta(db, 'lastSyncAt', at);
  });
}

function isOfDecision(conflict: Conflict): conflict is DecisionConflict {
  return 'decision' in conflict;
}

async function noteOverwritten(
  db: ReplicaDatabase,
  batch: readonly OutboxRow[],
  { table, id, field, pushed, winning }: FieldConflict,
  at: string,
): Promise<void> {
  // Nothing is lost where both wrote the same, in whatever order of keys.
  if (canonicalAction('', { value: pushed.value }) === canonicalAction('', { value: winning.value })) return;
  const appId = batch[0]?.appId ?? '';
  await db.notes.put({
    id: `overwritten/${JSON.stringify([appId, table, id, field, pushed.updatedAt])}`,
    at,
    kind: 'overwritten',
    appId,
    table,
    recordId: id,
    field,
    pushed,
    winning,
  });
}
