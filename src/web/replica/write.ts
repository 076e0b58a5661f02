import type { JsonObject } from '../../core/json.ts';
import type { FieldIssue } from '../../core/modules/field-issues.ts';
import type { Registry } from '../../core/modules/registry.ts';
import { acceptPush } from '../../core/sync/accept-push.ts';
import { NEW_CLOCK, tick } from '../../core/sync/hybrid-clock.ts';
import { stampFields } from '../../core/sync/stamp-fields.ts';
import { pushBodySchema } from '../../core/sync/wire.ts';
import { keyOf, type OutboxRow, type RecordRef, type ReplicaDatabase, readMeta, writeMeta } from './database.ts';
import { isQuotaError } from './quota-error.ts';
import { refreshRecords } from './refresh-records.ts';

/** A change of the person's own. An insert or an update names the fields that it writes. */
export type Write = RecordRef & ({ op: 'insert' | 'update'; data: JsonObject } | { op: 'delete' });

export type WriteResult =
  | { ok: true }
  /** The service would refuse it; nothing is stored. The paths begin with the field. */
  | { ok: false; reason: 'invalid'; issues: FieldIssue[] }
  | { ok: false; reason: 'storage_full' };

export interface Writer {
  db: ReplicaDatabase;
  registry: Registry;
  /** The device's clock, in milliseconds. */
  now(): number;
  newId(): string;
}

/**
 * Stores changes together with their rows in the outbox, in one transaction: shown at once, in every tab, and pushed when
 * the service can be reached. All of them or none.
 */
export async function write(writer: Writer, ...writes: Write[]): Promise<WriteResult> {
  for (const one of writes) {
    const issues = findIssues(writer.registry, one);
    if (issues.length > 0) return { ok: false, reason: 'invalid', issues };
  }
  try {
    await storeWrites(writer, writes);
    return { ok: true };
  } catch (error) {
    if (isQuotaError(error)) return { ok: false, reason: 'storage_full' };
    throw error;
  }
}

/** What the service would say, asked of the same code. */
function findIssues(registry: Registry, write: Write): FieldIssue[] {
  const { appId, table, id, op } = write;
  const change = { table, id, op, ...(write.op === 'delete' ? {} : { data: write.data }) };
  const parsed = pushBodySchema.safeParse({ clientId: 'replica', changes: [change] });
  if (!parsed.success)
    return parsed.error.issues.map(({ path, message }) => ({ path: within(path.join('.')), message }));
  const accepted = acceptPush(registry, appId, parsed.data);
  return accepted.ok ? [] : accepted.issues.map(({ path, message }) => ({ path: within(path), message }));
}

function within(path: string): string {
  return path.replace(/^changes\.0\.(?:data\.|fields\.)?/, '');
}

function storeWrites({ db, now, newId }: Writer, writes: Write[]): Promise<void> {
  return db.transaction('rw', [db.records, db.outbox, db.meta], async () => {
    // One time for all: those of one record count in their order, as the log does with equal times.
    const { clock, stamp } = tick((await readMeta(db, 'clock')) ?? NEW_CLOCK, now());
    await writeMeta(db, 'clock', clock);
    const rows = writes.map((one) => toRow(one, stamp, newId()));
    await db.outbox.bulkAdd(rows);
    await refreshRecords(
      db,
      rows.flatMap(({ touches }) => touches),
    );
  });
}

function toRow(write: Write, stamp: string, eventId: string): Omit<OutboxRow, 'seq'> {
  const { appId, table, id, op } = write;
  const fields = stampFields(op, write.op === 'delete' ? {} : write.data, stamp);
  const change = { eventId, table, id, op, fields };
  const characters = JSON.stringify(change).length;
  return {
    appId,
    kind: 'change',
    state: 'waiting',
    touches: [keyOf(write)],
    characters,
    eventId,
    change,
    foreseen: null,
  };
}
