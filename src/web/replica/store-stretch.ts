import { mergeAttributed } from '../../core/sync/attributed-record.ts';
import { NEW_CLOCK, observe } from '../../core/sync/hybrid-clock.ts';
import { keyOf, type ReplicaDatabase, readMeta, transact, writeMeta } from './database.ts';
import { fieldsOf, type LogStretch } from './log-stretch.ts';
import { isRetimed, overtakenRows } from './overtaken-rows.ts';
import { readConfirmed, refreshRecords, writeConfirmed } from './refresh-records.ts';
import { restamp } from './restamp.ts';

/** The stretch does not follow what is stored: another tab has stored something, or the replica began anew. */
export class StretchOutOfStep extends Error {
  constructor() {
    super('the stretch of the log does not follow the cursor of the replica');
    this.name = 'StretchOutOfStep';
  }
}

/**
 * Stores a stretch of the log, the cursor with it, in one transaction: what the log has now, the outbox without what has
 * come back of it, and the records as they are shown then. `nowMs` is the device's clock. Throws StretchOutOfStep.
 */
export function storeStretch(db: ReplicaDatabase, stretch: LogStretch, nowMs: number): Promise<void> {
  return transact(db, async () => {
    // Before the first page there is nothing to merge with, and the most to look for.
    const known = stretch.since === undefined ? [] : [...stretch.records.keys()];
    const [cursor, confirmed] = await Promise.all([readMeta(db, 'cursor'), readConfirmed(db, known)]);
    if (cursor !== stretch.since) throw new StretchOutOfStep();
    for (const change of stretch.aiChanges) {
      // What the stretch itself wrote before is nearer than what was known before it.
      const held = confirmed.get(keyOf(change))?.data ?? {};
      change.before = { ...fieldsOf(held, change.data), ...change.before };
    }
    for (const [key, record] of confirmed) {
      stretch.records.set(key, mergeAttributed(record, stretch.records.get(key)!));
    }
    await store(db, stretch, nowMs);
  });
}

/**
 * Replaces what is known of the log by the whole of another, after it was set back (a restore, a failover). What of the
 * outbox is in that log is done; the rest is pushed again, acknowledged or not, since the log may have lost it.
 */
export function replaceLog(db: ReplicaDatabase, whole: LogStretch, nowMs: number): Promise<void> {
  return transact(db, async () => {
    await Promise.all([db.records.clear(), db.confirmed.clear(), db.aiChanges.clear()]);
    await db.outbox.toCollection().modify({ state: 'waiting' });
    await store(db, whole, nowMs);
    const pending = await db.outbox.toArray();
    await refreshRecords(
      db,
      pending.flatMap(({ touches }) => touches),
    );
  });
}

async function store(db: ReplicaDatabase, stretch: LogStretch, nowMs: number): Promise<void> {
  const { records, aiChanges, latestStamp, own, cursor } = stretch;
  await writeMeta(db, 'clock', observe((await readMeta(db, 'clock')) ?? NEW_CLOCK, [latestStamp]));
  // After the clock: what the log has overtaken is stamped by it.
  const touched = await settleOutbox(db, own, nowMs);
  await Promise.all([
    writeConfirmed(db, records),
    db.aiChanges.bulkPut(aiChanges),
    writeMeta(db, 'cursor', cursor),
    writeMeta(db, 'lastSyncAt', new Date(nowMs).toISOString()),
    refreshRecords(db, [...records.keys(), ...touched], records),
  ]);
}

/** Takes what has come back out of the outbox, and answers with the keys of the records that this touches. */
async function settleOutbox(db: ReplicaDatabase, own: ReadonlyMap<string, string>, nowMs: number): Promise<string[]> {
  if (own.size === 0) return [];
  const settled = await db.outbox
    .where('eventId')
    .anyOf([...own.keys()])
    .toArray();
  await db.outbox.bulkDelete(settled.map(({ seq }) => seq));
  const mayOvertake = settled.some((row) => isRetimed(row, own));
  const overtaken = mayOvertake ? overtakenRows(settled, own, await db.outbox.orderBy('seq').toArray()) : [];
  await restamp(db, overtaken, nowMs);
  return [...settled, ...overtaken].flatMap(({ touches }) => touches);
}
