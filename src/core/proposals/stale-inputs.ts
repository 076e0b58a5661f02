import type { JsonObject } from '../json.ts';
import type { FieldWrite } from '../missions/plan-wanted.ts';
import { type Read, readsOf } from '../planning/reads.ts';

/** Names a record. */
type InputRef = Pick<Read, 'appId' | 'table' | 'id'>;

/** What is known now of a record that a plan was made from. */
export interface InputState {
  deleted: boolean;
  /** For each of its fields, `deletedAt` among them, the write that it holds. */
  writes: Record<string, FieldWrite>;
}

/** A field that a plan was made from, and that changed since; `deletedAt`: the record was deleted, or is there now. */
export interface StaleInput extends InputRef {
  field: string;
}

/** A changed field with the write that it holds now. */
export interface ChangedInput extends StaleInput {
  write: FieldWrite;
}

/**
 * What changed of that which an iteration was made from, after it looked. Its own effects do not count: they are what it
 * proposed. A write that has not reached the log yet counts. Told by positions alone, so a write that left a value as it
 * was counts as well. `find`: what is known of a record; undefined where there never was one.
 */
export function changedInputs(
  iteration: { id: string; data: JsonObject },
  find: (ref: InputRef) => InputState | undefined,
): ChangedInput[] {
  const saw = typeof iteration.data.sawPosition === 'number' ? iteration.data.sawPosition : 0;
  return (readsOf(iteration.data) ?? []).flatMap((read) => {
    const { appId, table, id } = read;
    return changesOf(read, find(read))
      .filter(({ write }) => isAfter(write, read.sawPosition ?? saw) && !isOwn(write, iteration.id))
      .map((change) => ({ appId, table, id, ...change }));
  });
}

/** What to show of a pending proposal whose iteration was made from something that changed since; null: nothing did. */
export function staleInputs(
  iteration: { id: string; data: JsonObject },
  find: (ref: InputRef) => InputState | undefined,
): StaleInput[] | null {
  const stale = changedInputs(iteration, find).map(({ write, ...input }) => input);
  return stale.length > 0 ? stale : null;
}

function changesOf({ fields }: Read, state: InputState | undefined): { field: string; write: FieldWrite }[] {
  const wasThere = !fields.includes('deletedAt');
  if (!state || (!wasThere && state.deleted)) return [];
  if (wasThere === !state.deleted) return fields.flatMap((field) => writeOf(state, field));
  const written = writeOf(state, 'deletedAt');
  if (written.length > 0) return written;
  // An update of a record that never was makes one without a write of deletedAt.
  const newest = Object.values(state.writes).reduce<FieldWrite | null>(
    (best, write) => (best && !isAfter(write, best.position) ? best : write),
    null,
  );
  return newest ? [{ field: 'deletedAt', write: newest }] : [];
}

function writeOf({ writes }: InputState, field: string): { field: string; write: FieldWrite }[] {
  const write = Object.hasOwn(writes, field) ? writes[field] : undefined;
  return write ? [{ field, write }] : [];
}

function isAfter({ position }: FieldWrite, other: number | null): boolean {
  return position === null || (other !== null && position > other);
}

function isOwn({ actor }: FieldWrite, iterationId: string): boolean {
  return actor.kind === 'ai' && actor.iterationId === iterationId;
}
