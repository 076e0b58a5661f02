import type { Json, JsonObject } from '../json.ts';
import { sameJson } from '../same-json.ts';
import type { Op } from './change.ts';
import { type FoldableChange, type FoldedRecord, foldChange } from './merge.ts';

/** What taking back some changes does to one record. */
export interface RecordUndo {
  /**
   * `restored`: fields go back. `deleted`: it did not live before, so it is deleted (again). `brought_back`: it was deleted,
   * and lives again. `left`: nothing goes back, for what `kept` says, or since all is as it was before.
   */
  outcome: 'restored' | 'deleted' | 'brought_back' | 'left';
  /** The fields that go back to what they would hold without the changes. */
  back: { field: string; from: Json; to: Json }[];
  /** What stays since others have written it: the value, and the position of the write. */
  kept: { field: string; value: Json; position: number }[];
  /** What does it, in this order; none when nothing goes back. */
  changes: { op: Op; data: JsonObject }[];
}

/**
 * Works out how to take back changes of one record: by the merge law each field goes back to the winner among the other
 * writes, where a write that is taken back is the one that stands; what others have written since stays. A record that
 * others have written to is never deleted for it. `history` holds all changes of the record, in the order of the log.
 */
export function undoRecord(history: FoldableChange[], isTaken: (position: number) => boolean): RecordUndo {
  const now = foldAll(history);
  const others = foldAll(history.filter(({ position }) => !isTaken(position)));
  const first = history[0];
  if (!now || !first) return left([]);
  const standsTaken = (field: string) => isTaken(positionOf(now, field));

  // Created by what is taken back: without it there is nothing, or what others then wrote to it.
  if (!others || isTaken(first.position)) {
    const standing = Object.keys(now.fieldMeta).filter((field) => !standsTaken(field));
    if (now.deletedAt !== null) return left(keep(now, standsTaken('deletedAt') ? [] : ['deletedAt']));
    return standing.length > 0 ? left(keep(now, standing)) : dies([], []);
  }

  const back = Object.keys(now.data)
    .filter(standsTaken)
    .map((field) => ({ field, from: valueIn(now, field), to: valueIn(others, field) }))
    .filter(({ from, to }) => !sameJson(from, to));
  const written = new Set(
    history.filter(({ position }) => isTaken(position)).flatMap((change) => Object.keys(change.fieldTimestamps)),
  );
  // That a record lives is worth no word; that it was deleted by others is.
  const shown = [...written].filter((field) => field !== 'deletedAt' || now.deletedAt !== null);
  const kept = keep(
    now,
    shown.filter((field) => !standsTaken(field)),
  );

  const wasDead = others.deletedAt !== null;
  if (standsTaken('deletedAt') && wasDead !== (now.deletedAt !== null)) {
    if (!wasDead) return { outcome: 'brought_back', back, kept, changes: [{ op: 'insert', data: dataOf(back) }] };
    const since = Object.keys(now.fieldMeta).filter(
      (field) => !standsTaken(field) && positionOf(now, field) > positionOf(now, 'deletedAt'),
    );
    return since.length > 0 ? left(keep(now, since)) : dies(back, kept);
  }
  if (back.length === 0) return left(kept);
  return { outcome: 'restored', back, kept, changes: [{ op: 'update', data: dataOf(back) }] };
}

function dies(back: RecordUndo['back'], kept: RecordUndo['kept']): RecordUndo {
  const update: RecordUndo['changes'] = back.length > 0 ? [{ op: 'update', data: dataOf(back) }] : [];
  return { outcome: 'deleted', back, kept, changes: [...update, { op: 'delete', data: {} }] };
}

function left(kept: RecordUndo['kept']): RecordUndo {
  return { outcome: 'left', back: [], kept, changes: [] };
}

function keep(record: FoldedRecord, fields: string[]): RecordUndo['kept'] {
  return fields.map((field) => ({ field, value: valueIn(record, field), position: positionOf(record, field) }));
}

function foldAll(changes: FoldableChange[]): FoldedRecord | undefined {
  return changes.reduce<FoldedRecord | undefined>((record, change) => foldChange(record, change), undefined);
}

function positionOf({ fieldMeta }: FoldedRecord, field: string): number {
  return Object.hasOwn(fieldMeta, field) ? (fieldMeta[field]?.position ?? 0) : 0;
}

/** A field that was never written is null. */
function valueIn({ data, deletedAt }: FoldedRecord, field: string): Json {
  if (field === 'deletedAt') return deletedAt;
  return Object.hasOwn(data, field) ? (data[field] ?? null) : null;
}

function dataOf(back: RecordUndo['back']): JsonObject {
  return Object.fromEntries(back.map(({ field, to }) => [field, to]));
}
