import type { Json, JsonObject } from '../json.ts';
import { normaliseStamp } from '../log/stamp.ts';
import type { FieldIssue } from '../modules/field-issues.ts';
import type { PushedChange } from './wire.ts';

/** The ways in which a pushed change may say what it writes: `fields`, each with its time, or `data`, or a deletion. */

/** A time that a push names, normalised, and where. */
export interface PushedTime {
  at: string;
  path: string;
}

export interface FormFault {
  code: 'nothing_to_change' | 'invalid_request';
  issues: FieldIssue[];
}

/** What does not fit together, whatever the collection; the paths are within the change. */
export function findFormFault(pushed: PushedChange): FormFault | null {
  const { op, fields, data, deletedAt } = pushed;
  const invalid = (path: string, message: string): FormFault => ({
    code: 'invalid_request',
    issues: [{ path, message }],
  });
  if (fields && data) return invalid('data', 'push either fields or data, not both');
  const values = fields ?? data;
  const source = sourceOf(pushed);
  if (op === 'delete') {
    const other = Object.keys(values ?? {}).find((field) => field !== 'deletedAt');
    if (other !== undefined) return invalid(`${source}.${other}`, 'a delete writes no field but deletedAt');
    return null;
  }
  if (!values) return invalid('fields', `is required: an ${op} names the fields that it writes, in fields or in data`);
  if (deletedAt) return invalid('deletedAt', `goes with the op delete, not with ${op}`);
  if (op === 'update' && Object.keys(values).length === 0) {
    return { code: 'nothing_to_change', issues: [{ path: source, message: 'names no field to change' }] };
  }
  // An insert says that the record lives: deletedAt null, as the log sends it and as older clients hold it.
  const reserved = fields ? fields.deletedAt?.value : data?.deletedAt;
  if (Object.hasOwn(values, 'deletedAt') && !(op === 'insert' && reserved === null)) {
    return invalid(`${source}.deletedAt`, 'is reserved: delete the record instead of writing this field');
  }
  return null;
}

export type Times =
  | { ok: true; all: PushedTime[]; ofFields: Record<string, string> }
  | { ok: false; issues: FieldIssue[] };

/** Every time that a change names, normalised as the log does it. */
export function readTimes({ op, fields, data, deletedAt }: PushedChange): Times {
  const all: PushedTime[] = [];
  const issues: FieldIssue[] = [];
  const read = (text: Json | undefined, path: string): string => {
    const at = typeof text === 'string' ? normaliseStamp(text) : null;
    if (at === null) issues.push({ path, message: NOT_A_TIME });
    else all.push({ at, path });
    return at ?? '';
  };
  const ofFields = Object.entries(fields ?? {}).map(([field, { updatedAt }]): [string, string] => [
    field,
    read(updatedAt, `fields.${field}.updatedAt`),
  ]);
  if (op === 'delete') {
    if (deletedAt) read(deletedAt, 'deletedAt');
    if (fields && Object.hasOwn(fields, 'deletedAt')) read(fields.deletedAt?.value, 'fields.deletedAt.value');
    if (data && Object.hasOwn(data, 'deletedAt')) read(data.deletedAt, 'data.deletedAt');
  }
  return issues.length > 0 ? { ok: false, issues } : { ok: true, all, ofFields: Object.fromEntries(ofFields) };
}

const NOT_A_TIME = 'is not a time that exists; write ISO 8601 with an offset, such as 2026-03-01T12:00:00.000Z';

/** The field values of a change, however they were pushed. */
export function valuesOf({ op, fields, data, deletedAt }: PushedChange): JsonObject {
  const values = fields
    ? Object.fromEntries(Object.entries(fields).map(([field, { value }]) => [field, value]))
    : { ...data };
  return op === 'delete' && deletedAt && !Object.hasOwn(values, 'deletedAt') ? { deletedAt } : values;
}

/** Where a change names its fields; `fields` when it does nowhere. */
export function sourceOf({ fields, data }: PushedChange): 'fields' | 'data' {
  return fields || !data ? 'fields' : 'data';
}

/** Where in a change a wrong value stands: `fields.cadence.value.everyMinutes`, or `data.cadence.everyMinutes`. */
export function pathOf({ fields, data }: PushedChange, path: string): string {
  if (!fields) return `${data ? 'data' : 'fields'}.${path}`;
  const field = Object.keys(fields).find((name) => path === name || path.startsWith(`${name}.`));
  return field === undefined ? `fields.${path}` : `fields.${field}.value${path.slice(field.length)}`;
}
