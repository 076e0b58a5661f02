import { type Actor, USER } from '../log/actor.ts';
import { type FoldableChange, type FoldedRecord, foldChange } from '../log/merge.ts';

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
  const actors = { ...record?.actors };
  if (change.actor.kind !== 'user') actors[change.position] = change.actor;
  const positions = Object.keys(actors);
  if (positions.length > 0) {
    const held = new Set(Object.values(folded.fieldMeta).map(({ position }) => String(position)));
    for (const position of positions) if (!held.has(position)) delete actors[position];
  }
  return { ...folded, actors };
}

/** Who made the write at a position that the record holds. */
export function actorAt(record: AttributedRecord, position: number): Actor {
  return record.actors[position] ?? USER;
}
