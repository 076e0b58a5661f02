import type { Json } from '../../core/json.ts';
import { USER } from '../../core/log/actor.ts';
import type { AttributedRecord } from '../../core/sync/attributed-record.ts';
import { type PendingWrite, showRecord } from '../../core/sync/pending-write.ts';
import { keyOf, type OutboxRow, type RecordRow, type ReplicaDatabase, readMeta, refOf } from './database.ts';

/**
 * Works out anew what is shown of some records: what the log has of them, and the outbox over it. Whatever alters either
 * calls this in the same transaction, so that the rows cannot drift apart. `confirmed` is what the log has now, of those
 * of which it has something new. Runs in a transaction on records, outbox and meta.
 */
export async function refreshRecords(
  db: ReplicaDatabase,
  keys: Iterable<string>,
  confirmed: ReadonlyMap<string, AttributedRecord> = new Map(),
): Promise<void> {
  const all = [...new Set(keys)];
  const others = all.filter((key) => !confirmed.has(key));
  const base = new Map([...confirmed, ...(await readConfirmed(db, others))]);
  const pending = await readPending(db, all);

  const puts: RecordRow[] = [];
  const gone: string[] = [];
  for (const key of all) {
    const row = toRow(key, base.get(key) ?? null, pending.get(key) ?? []);
    if (row) puts.push(row);
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
  const found = new Map<string, AttributedRecord>();
  if (keys.length === 0) return found;
  for (const row of await db.records.bulkGet(keys.map(primaryKeyOf))) {
    const record = row && confirmedOf(row);
    if (record) found.set(keyOf(row), record);
  }
  return found;
}

export function confirmedOf({ confirmed }: RecordRow): AttributedRecord | null {
  return JSON.parse(confirmed) as AttributedRecord | null;
}

/** What is pending for these records, in the order of its making. */
export async function readPending(db: ReplicaDatabase, keys: readonly string[]): Promise<Map<string, PendingWrite[]>> {
  const pending = new Map<string, PendingWrite[]>();
  if ((await db.outbox.count()) === 0) return pending;
  const wanted = new Set(keys);
  const clientId = (await readMeta(db, 'clientId')) ?? '';
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

function toRow(key: string, confirmed: AttributedRecord | null, pending: PendingWrite[]): RecordRow | null {
  const shown = showRecord(confirmed, pending);
  if (!shown) return null;
  const ref = refOf(key);
  const { data, deletedAt, firstPosition, unconfirmedBy } = shown;
  return {
    ...ref,
    data,
    live: deletedAt === null ? 1 : 0,
    firstPosition,
    pending: shown.pending,
    unconfirmedBy,
    // What is deleted is not looked up.
    ...(ref.appId === 'ai' && deletedAt === null ? indexed({ status: data.status, missionId: data.missionId }) : {}),
    confirmed: JSON.stringify(confirmed),
  };
}

function indexed(values: Record<string, Json | undefined>): Record<string, string> {
  const texts = Object.entries(values).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(texts) as Record<string, string>;
}

function primaryKeyOf(key: string): [string, string, string] {
  const { appId, table, id } = refOf(key);
  return [appId, table, id];
}
