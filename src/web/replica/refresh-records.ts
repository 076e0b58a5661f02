import type { Json } from '../../core/json.ts';
import { USER } from '../../core/log/actor.ts';
import type { AttributedRecord } from '../../core/sync/attributed-record.ts';
import { type PendingWrite, type ShownRecord, showRecord } from '../../core/sync/pending-write.ts';
import {
  keyOf,
  type OutboxRow,
  primaryKeyOf,
  type RecordRow,
  type ReplicaDatabase,
  readMeta,
  refOf,
} from './database.ts';

/**
 * Works out anew what is shown of some records: what the log has of them, and the outbox over it. Whatever alters either
 * calls this in the same transaction, so that they cannot drift apart. `confirmed` spares reading what the log has.
 */
export async function refreshRecords(
  db: ReplicaDatabase,
  keys: Iterable<string>,
  confirmed: ReadonlyMap<string, AttributedRecord> = new Map(),
): Promise<void> {
  const all = [...new Set(keys)];
  const unread = all.filter((key) => !confirmed.has(key));
  const [others, pending] = await Promise.all([readConfirmed(db, unread), readPending(db, all)]);

  const puts: RecordRow[] = [];
  const gone: string[] = [];
  for (const key of all) {
    const shown = showRecord(confirmed.get(key) ?? others.get(key) ?? null, pending.get(key) ?? []);
    if (shown && shown.deletedAt === null) puts.push(toRow(key, shown));
    else gone.push(key);
  }
  await db.records.bulkPut(puts);
  if (gone.length > 0) await db.records.bulkDelete(gone.map(primaryKeyOf));
}

/** What the log has of these records; nothing of those that it does not have. */
export async function readConfirmed(
  db: ReplicaDatabase,
  keys: readonly string[],
): Promise<Map<string, AttributedRecord>> {
  const rows = keys.length === 0 ? [] : await db.confirmed.bulkGet(keys.map(primaryKeyOf));
  return new Map(rows.flatMap((row) => (row ? [[keyOf(row), row.record]] : [])));
}

/** Stores what the log has of some records. */
export async function writeConfirmed(
  db: ReplicaDatabase,
  records: ReadonlyMap<string, AttributedRecord>,
): Promise<void> {
  await db.confirmed.bulkPut([...records].map(([key, record]) => ({ ...refOf(key), record })));
}

/** What is pending for these records, in the order of its making. */
export async function readPending(db: ReplicaDatabase, keys: readonly string[]): Promise<Map<string, PendingWrite[]>> {
  const pending = new Map<string, PendingWrite[]>();
  const [count, clientId = ''] = await Promise.all([db.outbox.count(), readMeta(db, 'clientId')]);
  if (count === 0) return pending;
  const wanted = new Set(keys);
  const rows = await db.outbox
    .where('touches')
    .anyOf([...wanted])
    .distinct()
    .sortBy('seq');
  for (const row of rows) {
    for (const { key, write } of writesOf(row, clientId)) {
      if (wanted.has(key)) pending.set(key, [...(pending.get(key) ?? []), write]);
    }
  }
  return pending;
}

function writesOf(row: OutboxRow, clientId: string): { key: string; write: PendingWrite }[] {
  const { seq, appId, change, foreseen } = row;
  if (!foreseen) {
    const write = { seq, clientId, fields: change.fields ?? {}, actor: USER, proposalId: null };
    return [{ key: keyOf({ ...change, appId }), write }];
  }
  return foreseen.writes.map((ref, index) => {
    // The first is the proposal itself, which the person decided.
    const actor = index === 0 ? USER : foreseen.actor;
    return { key: keyOf(ref), write: { seq, clientId, fields: ref.fields, actor, proposalId: change.id } };
  });
}

function toRow(key: string, { data, firstPosition, pending, unconfirmedBy }: ShownRecord): RecordRow {
  const ref = refOf(key);
  const found = ref.appId === 'ai' ? textsOf({ status: data.status, missionId: data.missionId }) : {};
  return { ...ref, data, firstPosition, pending, unconfirmedBy, ...found };
}

function textsOf(values: Record<string, Json | undefined>): Record<string, string> {
  const texts = Object.entries(values).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(texts) as Record<string, string>;
}
