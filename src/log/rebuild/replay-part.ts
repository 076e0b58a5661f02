import type { Json } from '../../core/json.ts';
import { compareRecords } from '../../core/log/compare-records.ts';
import { emptyRecord, type FoldedRecord, foldInto } from '../../core/log/merge.ts';
import type { Database, Session, TextRow } from '../../database/database.ts';
import { describeRecordKey, recordKey } from './record-key.ts';
import type { ReplayedPart, ReplayOptions } from './replay-log.ts';

/** Of all records those whose names have this hash: `index` of `of`, a power of two. */
export interface Part {
  of: number;
  index: number;
}

/** What grew too large, once this share of the log had been read. */
export interface TooLarge {
  share: number;
}

/**
 * Replays one part of the records. Log and projection come in one statement, so by one snapshot: what differs does
 * differ, however many write meanwhile, and nobody has waited.
 */
export async function replayPart(
  db: Database,
  session: Session,
  part: Part,
  { differences, onChanges, budget }: Required<ReplayOptions>,
): Promise<ReplayedPart | TooLarge> {
  const folded = new Map<string, FoldedRecord>();
  const differing: ReplayedPart['differing'] = new Map();
  const clientIds = new Map<string, string>();
  let head = 0;
  let changes = 0;
  let records = 0;
  let isFolded = false;
  /** What is held; and of what was replaced, all that came since it was last weighed. */
  let weight = 0;
  let weighAt = budget;

  function fold(row: TextRow): void {
    const [appId, tableName, recordId, data, times, clientId, position] = row as Columns;
    const at = Number(position);
    const key = recordKey(appId, tableName, recordId);
    let record = folded.get(key);
    if (record === undefined) {
      record = emptyRecord(at);
      folded.set(key, record);
    }
    const change = {
      data: JSON.parse(data),
      fieldTimestamps: JSON.parse(times),
      clientId: kept(clientIds, clientId),
      position: at,
    };
    foldInto(record, change);
    changes += 1;
    weight += 2 * data.length + 4 * times.length;
  }

  /** The rows of the projection come last: what has no row there is left over in `folded`. */
  function compare(row: TextRow): void {
    const [appId, tableName, recordId, data, fieldMeta, , firstPosition, lastPosition] = row as Columns;
    if (!isFolded) records = folded.size;
    isFolded = true;
    const key = recordKey(appId, tableName, recordId);
    const expected = folded.get(key);
    if (expected === undefined) {
      differing.set(key, null);
      weight += 4 * key.length;
      differences.add({ projection: 'records', key: describeRecordKey(key), kind: 'phantom', fields: [] });
      return;
    }
    folded.delete(key);
    const fields = compareRecords(
      {
        data: JSON.parse(data),
        fieldMeta: JSON.parse(fieldMeta),
        deletedAt: row[5] ?? null,
        firstPosition: Number(firstPosition),
        lastPosition: Number(lastPosition),
      },
      expected,
    );
    if (fields.length === 0) return;
    differing.set(key, expected);
    differences.add({ projection: 'records', key: describeRecordKey(key), kind: 'differs', fields });
  }

  function isTooLarge(): boolean {
    if (weight <= weighAt) return false;
    weight = 0;
    for (const held of [folded, differing]) for (const [key, record] of held) weight += weigh(key, record);
    weighAt = weight + budget / 2;
    return weight > budget && folded.size + differing.size > 1;
  }

  try {
    await db.scan(session, snapshotOf(part), (rows) => {
      const before = changes;
      for (const row of rows) {
        if (row[0] === null) head = Number(row[6]);
        else if (row[7] !== null) compare(row);
        else if (isFolded) throw new Error('a change came after the records that it was to be held against');
        else fold(row);
      }
      onChanges(changes - before);
      if (isTooLarge()) throw new Overflow();
    });
  } catch (error) {
    if (error instanceof Overflow) return { share: (changes * part.of) / Math.max(head, 1) };
    throw error;
  }
  if (!isFolded) records = folded.size;
  for (const [key, record] of folded) {
    differing.set(key, record);
    differences.add({ projection: 'records', key: describeRecordKey(key), kind: 'missing', fields: [] });
  }
  return { head, records, differing };
}

/** The texts of a row, as the statement below has them; null where it says so. */
type Columns = [string, string, string, string, string, string, string, string];

/**
 * First the head of the log (null for the names), then its changes (null for the last column), then the records. What is
 * appended so comes in this order as long as no parallel workers take part, and a call of set_config keeps them out.
 * The changes come in any order: the fold is commutative.
 */
function snapshotOf({ of, index }: Part): string {
  const named = `(hashtextextended(app_id || chr(1) || table_name || chr(1) || record_id, 0) & ${of - 1}) = ${index}`;
  const where = `where user_id = current_user_id()${of === 1 ? '' : ` and ${named}`}`;
  return `
    select null, null, null, null, null, set_config('app.scanning', 'on', true), position::text, null
    from user_heads where user_id = current_user_id()
    union all
    select app_id, table_name, record_id, data::text, field_timestamps::text, client_id, position::text, null
    from sync_changes ${where}
    union all
    select app_id, table_name, record_id, data::text, field_meta::text,
           replace(to_char(deleted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '000Z', 'Z'),
           first_position::text, last_position::text
    from records ${where}`;
}

/**
 * The one copy of a client id. A text cut out of a batch keeps the whole batch in memory, so what is held for long must be
 * a copy; what JSON.parse makes is one.
 */
function kept(texts: Map<string, string>, text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= MOST_KEPT) texts.clear();
  const copy = Buffer.from(text).toString();
  texts.set(copy, copy);
  return copy;
}

const MOST_KEPT = 10_000;

class Overflow extends Error {}

/** What a record takes in memory, roughly: the maps and names beside what it holds. */
function weigh(key: string, record: FoldedRecord | null): number {
  if (record === null) return 100 + 2 * key.length;
  const fields = Object.keys(record.fieldMeta).length;
  return 400 + 2 * key.length + 60 * fields + weighJson(record.data);
}

function weighJson(value: Json): number {
  if (typeof value === 'string') return 24 + 2 * value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let weight = 40;
  for (const [key, item] of Object.entries(value)) weight += 8 + key.length + weighJson(item);
  return weight;
}
