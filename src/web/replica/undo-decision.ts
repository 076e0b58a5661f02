import { keyOf, type OutboxRow, type ReplicaDatabase, transact } from './database.ts';
import { orStorageFull, type StorageFull } from './quota-error.ts';
import { takeBack } from './take-back.ts';
import type { Writer } from './write.ts';

export type UndoResult =
  | { ok: true }
  /** No decision on it is kept here; or it went out already, and may stand by now. */
  | { ok: false; reason: 'no_such_decision' | 'already_sent' }
  | StorageFull;

/** Takes back a decision that has not been pushed: the proposal is open again, and what was shown of it is gone. */
export async function undoDecision({ db, now }: Writer, proposalId: string): Promise<UndoResult> {
  const undo = async (): Promise<UndoResult> => {
    const row = await findDecision(db, proposalId);
    if (!row) return { ok: false, reason: 'no_such_decision' };
    if (row.state !== 'waiting') return { ok: false, reason: 'already_sent' };
    await takeBack(db, row, new Date(now()).toISOString());
    return { ok: true };
  };
  return orStorageFull(() => transact(db, undo));
}

/** Whether there is a decision that can be taken back, and is not out yet. */
export async function canUndoDecision(db: ReplicaDatabase, proposalId: string): Promise<boolean> {
  return (await findDecision(db, proposalId))?.state === 'waiting';
}

async function findDecision(db: ReplicaDatabase, proposalId: string): Promise<OutboxRow | undefined> {
  const key = keyOf({ appId: 'ai', table: 'aiProposals', id: proposalId });
  const rows = await db.outbox.where('touches').equals(key).toArray();
  return rows.find(({ kind }) => kind === 'decision');
}
