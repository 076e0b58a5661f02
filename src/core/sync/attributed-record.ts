import type { Json } from '../json.ts';
import { type Actor, USER } from '../log/actor.ts';
import { type FoldableChange, type FoldedRecord, foldChange, writeWins } from '../log/merge.ts';

/** A folded record that can say of each field who wrote it, without the log. */
export interface AttributedRecord extends FoldedRecord {
  /** By position, the actors of the writes that are held; the person's own, which are the most, are left out. */
  actors: Record<string, Actor>;
}

/** Folds one change into a record, as `foldChange` does, and keeps its actor while any of its writes is held. */
export function foldAttributed(
  record: AttributedRecord | undefined,
  change: FoldableChange & { actor: Actor },
): AttributedRecord {
  const folded = foldChange(record, change);
  const own = change.actor.kind === 'user' ? {} : { [change.position]: change.actor };
  return { ...folded, actors: held(folded, { ...record?.actors, ...own }) };
}

/** Folds what was folded apart: two stretches of a log end in the same record as the whole of it. */
export function mergeAttributed(record: AttributedRecord, other: AttributedRecord): AttributedRecord {
  const won = Object.entries(other.fieldMeta).filter(
    ([field, write]) => !Object.hasOwn(record.fieldMeta, field) || writeWins(write, record.fieldMeta[field]!),
  );
  const wonValues = won
    .filter(([field]) => field !== 'deletedAt')
    .map(([field]): [string, Json] => [field, other.data[field] as Json]);
  const merged: FoldedRecord = {
    data: Object.fromEntries([...Object.entries(record.data), ...wonValues]),
    fieldMeta: Object.fromEntries([...Object.entries(record.fieldMeta), ...won]),
    deletedAt: won.some(([field]) => field === 'deletedAt') ? other.deletedAt : record.deletedAt,
    firstPosition: Math.min(record.firstPosition, other.firstPosition),
    lastPosition: Math.max(record.lastPosition, other.lastPosition),
  };
  return { ...merged, actors: held(merged, { ...record.actors, ...other.actors }) };
}

/** Who made the write at a position that the record holds. */
export function actorAt(record: AttributedRecord, position: number): Actor {
  return record.actors[position] ?? USER;
}

/** Of actors those of whom a write is held. */
function held({ fieldMeta }: FoldedRecord, actors: Record<string, Actor>): Record<string, Actor> {
  const entries = Object.entries(actors);
  if (entries.length === 0) return actors;
  const positions = new Set(Object.values(fieldMeta).map(({ position }) => String(position)));
  return Object.fromEntries(entries.filter(([position]) => positions.has(position)));
}
