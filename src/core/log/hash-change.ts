import type { ChangeTexts } from './change-texts.ts';

/** SHA-256, which the pure code has handed to it. */
export interface Sha256 {
  of(bytes: Uint8Array): Uint8Array;
  /** For what comes piece by piece. */
  start(): Hash;
}

export interface Hash {
  update(bytes: Uint8Array): unknown;
  copy(): Hash;
  digest(): Uint8Array;
}

/** Of a change all that is hashed, each column as its text; `position` and `schemaVersion` may be numbers. */
export type HashedChange = Omit<ChangeTexts, 'position' | 'schemaVersion'> & {
  userId: string;
  position: number;
  schemaVersion: number;
};

/**
 * What a change of the log hashes to. The bytes are those that Postgres sends a row with: the number of columns, and of each
 * its type, its length and its bytes. The twin of db/functions/hash_change.sql; may never change.
 */
export function hashChange(change: HashedChange, sha256: Sha256): Uint8Array {
  const row = startRow(change);
  row.text(TYPE.text, change.userId);
  row.number(TYPE.int8, 8, change.position);
  row.text(TYPE.text, change.id);
  row.text(TYPE.text, change.appId);
  row.text(TYPE.text, change.tableName);
  row.text(TYPE.text, change.recordId);
  row.text(TYPE.text, change.op);
  row.text(TYPE.jsonb, change.data);
  row.text(TYPE.jsonb, change.fieldTimestamps);
  row.text(TYPE.text, change.clientId);
  row.number(TYPE.int4, 4, change.schemaVersion);
  row.text(TYPE.jsonb, change.actor);
  row.number(TYPE.timestamptz, 8, toMicroseconds(change.createdAt));
  return sha256.of(row.bytes());
}

const COLUMNS = 13;
const TYPE = { text: 25, int4: 23, int8: 20, timestamptz: 1184, jsonb: 3802 } as const;
const JSONB_VERSION = 1;
/** The time from which Postgres counts. */
const YEAR_2000_MS = 946_684_800_000;

const encoder = new TextEncoder();
let buffer = new Uint8Array(4_096);
let view = new DataView(buffer.buffer);

/** Writes one row at a time, into the same bytes each: it is called for every change of a log. */
function startRow({
  userId,
  id,
  appId,
  tableName,
  recordId,
  op,
  data,
  fieldTimestamps,
  clientId,
  actor,
}: HashedChange) {
  let most = 256;
  for (const text of [userId, id, appId, tableName, recordId, op, data, fieldTimestamps, clientId, actor]) {
    most += 3 * text.length;
  }
  if (most > buffer.length) {
    buffer = new Uint8Array(2 * most);
    view = new DataView(buffer.buffer);
  }
  view.setInt32(0, COLUMNS);
  let end = 4;
  return {
    text(type: number, text: string) {
      const start = end + 8;
      const isJson = type === TYPE.jsonb;
      if (isJson) view.setUint8(start, JSONB_VERSION);
      const length = encoder.encodeInto(text, buffer.subarray(start + Number(isJson))).written + Number(isJson);
      view.setInt32(end, type);
      view.setInt32(end + 4, length);
      end = start + length;
    },
    number(type: number, length: 4 | 8, value: number) {
      view.setInt32(end, type);
      view.setInt32(end + 4, length);
      if (length === 4) view.setInt32(end + 8, value);
      else view.setBigInt64(end + 8, BigInt(value));
      end += 8 + length;
    },
    bytes: () => buffer.subarray(0, end),
  };
}

/** ISO 8601 in UTC with microseconds; what is none of the times that the log writes is 0, which no change arrived at. */
function toMicroseconds(at: string): number {
  const milliseconds = Date.parse(`${at.slice(0, 23)}Z`);
  return Number.isNaN(milliseconds) ? 0 : (milliseconds - YEAR_2000_MS) * 1_000 + Number(at.slice(23, 26));
}
