import { type AttributedRecord, foldAttributed } from '../../core/sync/attributed-record.ts';
import { NEW_CLOCK, observe } from '../../core/sync/hybrid-clock.ts';
import { toFoldableChange, type WireChange } from '../../core/sync/wire.ts';
import {
  type AiChange,
  keyOf,
  type OutboxRow,
  type ReplicaDatabase,
  readMeta,
  transact,
  writeMeta,
} from './database.ts';
import { readConfirmed, refreshRecords, writeConfirmed } from './refresh-records.ts';
import { restamp } from './restamp.ts';

/** A stretch of the log: what follows `since`, up to `cursor`. */
export interface LogPage {
  /** Undefined: the start. */
  since: string | undefined;
  changes: WireChange[];
  cursor: string;
}

/** The page does not follow what is stored: another tab has stored pages, or the replica began anew. */
export class PageOutOfStep extends Error {
  constructor() {
    super('the page of the log does not follow the cursor of the replica');
    this.name = 'PageOutOfStep';
  }
}

/**
 * Stores a page of the log, the cursor with it, in one transaction: folds its changes, takes what of the outbox has come
 * back out of it, and shows the records as they are then. `nowMs` is the device's clock. Throws PageOutOfStep.
 */
export function applyChanges(db: ReplicaDatabase, { since, changes, cursor }: LogPage, nowMs: number): Promise<void> {
  return transact(db, async () => {
    if ((await readMeta(db, 'cursor')) !== since) throw new PageOutOfStep();
    const confirmed = await readConfirmed(db, [...new Set(changes.map(keyOf))]);
    foldInto(confirmed, changes);
    await writeConfirmed(db, confirmed);
    await db.aiChanges.bulkPut(changes.flatMap(toAiChange));
    await observeStamps(db, changes);
    const clientId = await readMeta(db, 'clientId');
    const own = changes.filter((change) => change.clientId === clientId).map(({ eventId }) => eventId);
    const settled = await settleOutbox(db, own, nowMs);
    await refreshRecords(db, [...confirmed.keys(), ...settled], confirmed);
    await writeMeta(db, 'cursor', cursor);
    await writeMeta(db, 'lastSyncAt', new Date(nowMs).toISOString());
  });
}

/** Folds changes into records, which are those that it knows. */
export function foldInto(records: Map<string, AttributedRecord>, changes: readonly WireChange[]): void {
  for (const change of changes) {
    const key = keyOf(change);
    records.set(key, foldAttributed(records.get(key), { ...toFoldableChange(change), actor: change.actor }));
  }
}

/** The row of the timeline, of a change that an AI actor made. */
export function toAiChange({ appId, table, id, op, fields, actor, position, createdAt }: WireChange): AiChange[] {
  if (actor.kind !== 'ai') return [];
  const values = Object.entries(fields).filter(([field]) => field !== 'deletedAt');
  const data = Object.fromEntries(values.map(([field, { value }]) => [field, value]));
  const { missionId, iterationId } = actor;
  return [{ appId, table, id, position, op, data, actor, missionId, iterationId, createdAt }];
}

async function observeStamps(db: ReplicaDatabase, changes: readonly WireChange[]): Promise<void> {
  const stamps = changes.flatMap(({ fields }) => Object.values(fields).map(({ updatedAt }) => updatedAt));
  await writeMeta(db, 'clock', observe((await readMeta(db, 'clock')) ?? NEW_CLOCK, stamps));
}

/**
 * Removes the changes that have come back from the outbox, and answers with the keys of the records that they touch, to
 * be refreshed.
 */
export async function settleOutbox(db: ReplicaDatabase, eventIds: string[], nowMs: number): Promise<string[]> {
  const rows = await db.outbox.where('eventId').anyOf(eventIds).toArray();
  await db.outbox.bulkDelete(rows.map(({ seq }) => seq));
  for (const row of rows) if (row.foreseen) await release(db, row, nowMs);
  return rows.flatMap(({ touches }) => touches);
}

/** What waited for the effects of a decision is stamped after them: see nextBatch. */
async function release(db: ReplicaDatabase, decision: OutboxRow, nowMs: number): Promise<void> {
  const rows = await db.outbox.where('touches').anyOf(decision.touches.slice(1)).distinct().sortBy('seq');
  const waiting = rows.filter(({ seq, kind, state }) => seq > decision.seq && kind === 'change' && state === 'waiting');
  await restamp(db, waiting, nowMs);
}
