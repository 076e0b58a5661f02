import { sql } from 'drizzle-orm';
import type { Change } from '../core/log/change.ts';
import type { Transaction } from './database.ts';
import { keep } from './statement.ts';

/** What became of changes that were appended together. */
export interface AppendedBatch {
  /** What the log admitted, in its order: a change whose event id it has already is left out. */
  admitted: { id: string; position: number }[];
  /** Whether a field of them may have lost to a write that came before it. */
  mayHaveLost: boolean;
}

/**
 * Appends changes to a person's log, in their order, with all that the plain insert sees to, which any writer may use: see
 * db/functions/append_changes.sql. Throws what db/functions/refuse_change raises.
 */
export async function appendBatch(tx: Transaction, userId: string, changes: Change[]): Promise<AppendedBatch> {
  const given = changes.map(toGiven);
  const [row] = await tx.query<{ ids: string[] | null; last: number; lost: boolean }>(
    keep(sql`select to_json(ids) as ids, last_position as last, lost
      from append_changes(${userId}, ${JSON.stringify(given)}::text::json)`),
  );
  const { ids, last, lost } = row as NonNullable<typeof row>;
  if (!ids) return { admitted: [], mayHaveLost: false };
  tx.announce(userId);
  const admitted = ids.map((id, index) => ({ id, position: last - ids.length + 1 + index }));
  return { admitted, mayHaveLost: lost || !isInTimeOrder(given) };
}

/** As db/functions/given_changes.sql reads it: one time (`at`, in milliseconds) for as many as there are fields, where they are the same. */
type Given = Change & { at?: number };

function toGiven(change: Change): Given {
  const at = timeOf(change);
  if (at === undefined) return change;
  // A deletion keeps the time that it names twice: whether it did is told apart where its event id comes again.
  if (change.op === 'delete') return { ...change, at };
  const { fieldTimestamps, ...rest } = change;
  return { ...rest, at };
}

/** The one time of all fields of a change, in milliseconds; undefined when there are several, or some are the log's to give. */
function timeOf({ op, data, fieldTimestamps }: Change): number | undefined {
  if (!isObject(data) || !isObject(fieldTimestamps ?? {})) return undefined;
  const isDelete = op === 'delete';
  const given = fieldTimestamps ?? {};
  const fields = Object.keys(data);
  const times = Object.values(given);
  const stamp = isDelete ? data.deletedAt : times[0];
  if (typeof stamp !== 'string' || fields.length === 0 || times.some((time) => time !== stamp)) return undefined;
  if (!isDelete && !fields.every((field) => Object.hasOwn(given, field))) return undefined;
  const at = Date.parse(stamp);
  // Only a time as the log writes it comes out as it went in; whatever else is the log's to read, or to refuse.
  return at >= 0 && new Date(at).toISOString() === stamp ? at : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Then none of them has lost to another: of one client the later in the log wins where times are the same. */
function isInTimeOrder(given: Given[]): boolean {
  return given.every(({ at, clientId }, index) => {
    const before = given[index - 1];
    return at !== undefined && (!before || (at >= (before.at ?? at) && clientId === before.clientId));
  });
}
