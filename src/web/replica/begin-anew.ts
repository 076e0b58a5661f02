import type { AttributedRecord } from '../../core/sync/attributed-record.ts';
import type { WireChange } from '../../core/sync/wire.ts';
import { foldInto, settleOutbox, toAiChange } from './apply-changes.ts';
import { type AiChange, type ReplicaDatabase, readMeta, transact, writeMeta } from './database.ts';
import { refreshRecords, writeConfirmed } from './refresh-records.ts';

/**
 * Replaces what is known of the log by the log as it is now, after it was set back (a restore, a failover). The pages are
 * folded in memory and stored in one transaction, so that the person sees the old records until the new ones are whole.
 * What of the outbox is in that log is done; the rest is pushed again, acknowledged or not, since the log may have lost it.
 */
export async function beginAnew(
  db: ReplicaDatabase,
  pages: AsyncIterable<{ changes: WireChange[]; cursor: string }>,
  nowMs: number,
): Promise<void> {
  const clientId = await readMeta(db, 'clientId');
  const records = new Map<string, AttributedRecord>();
  const eventIds: string[] = [];
  const aiChanges: AiChange[] = [];
  let cursor: string | undefined;
  for await (const page of pages) {
    foldInto(records, page.changes);
    const own = page.changes.filter((change) => change.clientId === clientId);
    eventIds.push(...own.map(({ eventId }) => eventId));
    aiChanges.push(...page.changes.flatMap(toAiChange));
    cursor = page.cursor;
  }
  await transact(db, async () => {
    await db.records.clear();
    await db.confirmed.clear();
    await writeConfirmed(db, records);
    await db.aiChanges.clear();
    await db.aiChanges.bulkPut(aiChanges);
    await settleOutbox(db, eventIds, nowMs);
    await db.outbox.toCollection().modify({ state: 'waiting' });
    const pending = (await db.outbox.toArray()).flatMap(({ touches }) => touches);
    await refreshRecords(db, [...records.keys(), ...pending], records);
    await writeMeta(db, 'cursor', cursor);
    await writeMeta(db, 'lastSyncAt', new Date(nowMs).toISOString());
  });
}
