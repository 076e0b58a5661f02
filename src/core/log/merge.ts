import type { Json, JsonObject } from '../json.ts';
import type { LoggedChange } from './change.ts';

/** Which write of a field is held, and where to look it up in the log. */
export interface FieldMeta {
  updatedAt: string;
  clientId: string;
  position: number;
}

/** A record as the fold holds it: the same shape in SQL (`records`), here, and on every replica. */
export interface FoldedRecord {
  data: JsonObject;
  fieldMeta: Record<string, FieldMeta>;
  /** The value of the field `deletedAt`, which is kept out of `data`; null while the record lives. */
  deletedAt: string | null;
  firstPosition: number;
  lastPosition: number;
}

export type FoldableChange = Pick<LoggedChange, 'data' | 'fieldTimestamps' | 'clientId' | 'position'>;

/**
 * Folds one change of the log into a record by field-level last-write-wins. Commutative, associative and idempotent:
 * any order and any repetition of the same changes ends in the same record. The twin of fold_range in db/functions.
 */
export function foldChange(record: FoldedRecord | undefined, change: FoldableChange): FoldedRecord {
  const folded = record
    ? { ...record, data: { ...record.data }, fieldMeta: { ...record.fieldMeta } }
    : emptyRecord(change.position);
  foldInto(folded, change);
  return folded;
}

/** A record before the first of its changes, which is at `position`. */
export function emptyRecord(position: number): FoldedRecord {
  return { data: {}, fieldMeta: {}, deletedAt: null, firstPosition: position, lastPosition: position };
}

/** `foldChange` in place, for who folds a whole log: a copy of the record for each change took most of the time. */
export function foldInto(folded: FoldedRecord, change: FoldableChange): void {
  const { fieldTimestamps, clientId, position } = change;
  if (position < folded.firstPosition) folded.firstPosition = position;
  if (position > folded.lastPosition) folded.lastPosition = position;
  let write: FieldMeta | undefined;
  for (const field of Object.keys(fieldTimestamps)) {
    const updatedAt = fieldTimestamps[field]!;
    // Mostly all fields of a change have one time: what is the same for them is held once, which bounds a replay's memory.
    if (write?.updatedAt !== updatedAt) write = { updatedAt, clientId, position };
    const held = ownValue(folded.fieldMeta, field);
    if (held && !writeWins(write, held)) continue;
    setOwn(folded.fieldMeta, field, write);
    const value = ownValue(change.data, field) ?? null;
    if (field === 'deletedAt') folded.deletedAt = value as string | null;
    else setOwn(folded.data, field, value);
  }
}

/**
 * The merge law: of two writes of one field the greater by (time, client id, position) wins. The twin of write_wins in
 * db/functions; text is compared by code point, as Postgres does under collation "C".
 */
export function writeWins(write: FieldMeta, held: FieldMeta): boolean {
  const order =
    compareCodePoints(write.updatedAt, held.updatedAt) ||
    compareCodePoints(write.clientId, held.clientId) ||
    write.position - held.position;
  return order > 0;
}

/**
 * JavaScript compares UTF-16 units, which puts U+E000..U+FFFF after the surrogates of U+10000 and beyond. Where two texts
 * differ within such a character they share its first half, and the second halves alone are in the right order.
 */
function compareCodePoints(a: string, b: string): number {
  let i = 0;
  while (i < a.length && i < b.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  return (a.codePointAt(i) ?? -1) - (b.codePointAt(i) ?? -1);
}

function ownValue<T>(object: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A field may be called `__proto__`, and then it is still a field. (To assign is ten times as quick as to define.) */
function setOwn(object: Record<string, Json | FieldMeta>, key: string, value: Json | FieldMeta): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
