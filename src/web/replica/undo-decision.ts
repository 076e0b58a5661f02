import { keyOf, transact } from './database.ts';
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
    const key = keyOf({ appId: 'ai', table: 'aiProposals', id: proposalId });
    const rows = await db.outbox.where('touches').equals(key).toArray();
    const row = rows.find(({ kind }) => kind === 'decision');
    if (!row) return { ok: false, reason: 'no_such_decision' };
    if (row.state !== 'waiting') return { ok: false, reason: 'already_sent' };
    await takeBack(db, row, new Date(now()).toISOString());
    return { ok: true };
  };
  return orStorageFull(() => transact(db, undo));
}
