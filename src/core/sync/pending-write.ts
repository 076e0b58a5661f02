import type { Actor } from '../log/actor.ts';
import { type AttributedRecord, foldAttributed } from './attributed-record.ts';
import { toFoldableChange, type WireFields } from './wire.ts';

/** A write of one record that the replica shows and the log does not have yet. */
export interface PendingWrite {
  /** The order in which they were made on this replica. */
  seq: number;
  fields: WireFields;
  clientId: string;
  actor: Actor;
  /** The decision that it is foreseen to follow from; null for the person's own change. */
  proposalId: string | null;
}

/** What is shown of a record: what the log has, with what it is to get. */
export interface ShownRecord extends AttributedRecord {
  /** Whether a change of the person's own is on its way. */
  pending: boolean;
  /** The decision that it waits for in part or as a whole; null: none. */
  unconfirmedBy: string | null;
}

/** Beyond every position of a log. A write that has none yet counts as the last of those with its time. */
const FIRST_PENDING_POSITION = 2 ** 52;

/** Folds what is pending over what is confirmed; null when there is neither. */
export function showRecord(confirmed: AttributedRecord | null, pending: readonly PendingWrite[]): ShownRecord | null {
  let record = confirmed ?? undefined;
  for (const { seq, fields, clientId, actor } of pending) {
    const position = FIRST_PENDING_POSITION + seq;
    record = foldAttributed(record, { ...toFoldableChange({ fields, clientId, position }), actor });
  }
  if (!record) return null;
  return {
    ...record,
    pending: pending.some(({ proposalId }) => proposalId === null),
    unconfirmedBy: pending.findLast(({ proposalId }) => proposalId !== null)?.proposalId ?? null,
  };
}

/** Whether a position is that of a pending write. */
export function isPending(position: number): boolean {
  return position >= FIRST_PENDING_POSITION;
}
