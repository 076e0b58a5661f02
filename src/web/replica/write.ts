import type { JsonObject } from '../../core/json.ts';
import type { Op } from '../../core/log/change.ts';
import type { FieldIssue } from '../../core/modules/field-issues.ts';
import type { Registry } from '../../core/modules/registry.ts';
import { NEW_CLOCK, tick } from '../../core/sync/hybrid-clock.ts';
import { stampFields } from '../../core/sync/stamp-fields.ts';
import { checkChange } from './check-change.ts';
import {
  keyOf,
  type OutboxRow,
  type RecordRef,
  type ReplicaDatabase,
  readMeta,
  transact,
  writeMeta,
} from './database.ts';
import { orStorageFull, type StorageFull } from './quota-error.ts';
import { refreshRecords } from './refresh-records.ts';

/** A change of the person's own. An insert or an update names the fields that it writes. */
export type Write = RecordRef & ({ op: 'insert' | 'update'; data: JsonObject } | { op: 'delete' });

export type WriteResult =
  | { ok: true }
  /** The service would refuse it; nothing is stored. The paths begin with the field. */
  | { ok: false; reason: 'invalid'; issues: FieldIssue[] }
  | StorageFull;

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
  const sent = writes.map(asSent);
  for (const { appId, table, id, op, data } of sent) {
    const issues = checkChange(writer.registry, appId, { table, id, op, ...(op === 'delete' ? {} : { data }) });
    if (issues.length > 0) return { ok: false, reason: 'invalid', issues };
  }
  return orStorageFull(async () => {
    await storeWrites(writer, sent);
    return { ok: true as const };
  });
}

type Sent = RecordRef & { op: Op; data: JsonObject };

/** What is shown is what is sent: JSON, which leaves out a field that is undefined. */
function asSent({ appId, table, id, ...write }: Write): Sent {
  const fields = write.op === 'delete' ? [] : Object.entries(write.data).filter(([, value]) => value !== undefined);
  return { appId, table, id, op: write.op, data: Object.fromEntries(fields) };
}

function storeWrites({ db, now, newId }: Writer, writes: Sent[]): Promise<void> {
  return transact(db, async () => {
    // One time for all: those of one record count in their order, as the log does with equal times.
    const { clock, stamp } = tick((await readMeta(db, 'clock')) ?? NEW_CLOCK, now());
    const rows = writes.map((one) => toRow(one, stamp, newId()));
    await Promise.all([writeMeta(db, 'clock', clock), db.outbox.bulkAdd(rows)]);
    await refreshRecords(
      db,
      rows.flatMap(({ touches }) => touches),
    );
  });
}

function toRow(write: Sent, stamp: string, eventId: string): Omit<OutboxRow, 'seq'> {
  const { appId, table, id, op, data } = write;
  const fields = stampFields(op, data, stamp);
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
