import { sql } from 'drizzle-orm';
import type { JsonObject } from '../core/json.ts';
import { USER } from '../core/log/actor.ts';
import type { Op } from '../core/log/change.ts';
import type { RecordAddress } from '../core/log/record-address.ts';
import type { FieldIssue } from '../core/modules/field-issues.ts';
import type { Registry } from '../core/modules/registry.ts';
import { validateRecord } from '../core/modules/validate-record.ts';
import { appendChanges } from '../database/append-changes.ts';
import type { Transaction } from '../database/database.ts';
import { readRecord, type StoredRecord } from '../database/read-records.ts';
import { deleteMission } from '../missions/write-mission.ts';
import { MAX_CHOSEN_ID } from './inputs.ts';

export type RecordWrite =
  | { ok: true; created: boolean }
  | { ok: false; reason: 'record_not_found' }
  | { ok: false; reason: 'invalid'; issues: FieldIssue[] };

/** Makes the record be exactly `fields`: what it had beside them becomes null. Brings a deleted record back. */
export async function replaceRecord(
  tx: Transaction,
  registry: Registry,
  userId: string,
  at: RecordAddress,
  fields: JsonObject,
): Promise<RecordWrite> {
  const valid = validateRecord(registry, at.appId, at.table, fields, { partial: false });
  if (!valid.ok) return { ok: false, reason: 'invalid', issues: valid.issues };
  await tx.query(sql`select lock_log()`);
  const stored = await readRecord(tx, at.appId, at.table, at.id);
  if (!stored && at.id.length > MAX_CHOSEN_ID) {
    const message = `must have at most ${MAX_CHOSEN_ID} characters`;
    return { ok: false, reason: 'invalid', issues: [{ path: 'id', message }] };
  }
  const dropped = Object.keys(stored?.data ?? {}).filter((field) => !Object.hasOwn(valid.data, field));
  const cleared = Object.fromEntries(dropped.map((field) => [field, null]));
  await append(tx, userId, at, 'insert', { ...cleared, ...valid.data });
  return { ok: true, created: !stored || stored.deletedAt !== null };
}

/** Writes `fields` into a record that exists. */
export async function changeRecord(
  tx: Transaction,
  registry: Registry,
  userId: string,
  at: RecordAddress,
  fields: JsonObject,
): Promise<RecordWrite> {
  const valid = validateRecord(registry, at.appId, at.table, fields, { partial: true });
  if (!valid.ok) return { ok: false, reason: 'invalid', issues: valid.issues };
  const stored = await lockRecord(tx, at);
  if (!stored) return { ok: false, reason: 'record_not_found' };
  const issues = newFaults(registry, at, stored.data, valid.data);
  if (issues.length > 0) return { ok: false, reason: 'invalid', issues };
  await append(tx, userId, at, 'update', valid.data);
  return { ok: true, created: false };
}

/** False when there is no such record. A mission takes back what it still proposed, as everywhere. */
export async function deleteRecord(tx: Transaction, userId: string, at: RecordAddress, now: Date): Promise<boolean> {
  if (at.appId === 'ai' && at.table === 'aiMissions') return deleteMission(tx, userId, at.id, now);
  if (!(await lockRecord(tx, at))) return false;
  await append(tx, userId, at, 'delete', {});
  return true;
}

/**
 * What is wrong with the record after the change and was not before: rules between fields hold, while a record that
 * another writer left with a fault can still be changed elsewhere.
 */
function newFaults(registry: Registry, at: RecordAddress, stored: JsonObject, changes: JsonObject): FieldIssue[] {
  const faults = (data: JsonObject) => {
    const valid = validateRecord(registry, at.appId, at.table, data, { partial: false });
    return valid.ok ? [] : valid.issues;
  };
  const after = faults({ ...stored, ...changes });
  if (after.length === 0) return [];
  const before = new Set(faults(stored).map(({ path, message }) => `${path} ${message}`));
  return after.filter(({ path, message }) => !before.has(`${path} ${message}`));
}

async function lockRecord(tx: Transaction, at: RecordAddress): Promise<StoredRecord | undefined> {
  await tx.query(sql`select lock_log()`);
  const stored = await readRecord(tx, at.appId, at.table, at.id);
  return stored?.deletedAt ? undefined : stored;
}

async function append(tx: Transaction, userId: string, { appId, table, id }: RecordAddress, op: Op, data: JsonObject) {
  await appendChanges(tx, userId, [{ appId, tableName: table, recordId: id, op, data, actor: USER }]);
}
