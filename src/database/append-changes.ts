import { sql } from 'drizzle-orm';
import type { Change } from '../core/log/change.ts';
import type { Transaction } from './database.ts';

/**
 * Appends changes to a person's log, in their order, with all that the plain insert sees to, which any writer may use; see
 * db/functions/append_changes.sql. Returns what the log admitted: a change whose event id it has already is left out. Throws
 * what db/functions/refuse_change raises.
 */
export async function appendChanges(
  tx: Transaction,
  userId: string,
  changes: Change[],
): Promise<{ id: string; position: number }[]> {
  const given = JSON.stringify(changes.map(toGiven));
  const admitted = await tx.query<{ id: string; position: number }>(
    sql`select id, position from append_changes(${userId}, ${given}::text::json)`,
  );
  if (admitted.length > 0) tx.announce(userId);
  return admitted;
}

/** A change as db/functions/given_changes.sql reads it: one time instead of as many as there are fields, where they are the same. */
function toGiven(change: Change): object {
  const at = timeOf(change);
  if (at === undefined) return change;
  // Whether a deletion names its time twice is told apart where its event id comes again.
  if (change.op === 'delete') return { ...change, at };
  const { fieldTimestamps, ...rest } = change;
  return { ...rest, at };
}

/** The one time of all fields of a change, in milliseconds; undefined when there are several, or some are the log's to give. */
function timeOf({ op, data, fieldTimestamps = {} }: Change): number | undefined {
  const fields = Object.keys(data);
  const times = Object.values(fieldTimestamps);
  const [stamp] = op === 'delete' ? [data.deletedAt] : times;
  const isShared =
    times.every((time) => time === stamp) &&
    (op === 'delete' || fields.every((field) => Object.hasOwn(fieldTimestamps, field)));
  if (typeof stamp !== 'string' || fields.length === 0 || !isShared) return undefined;
  const at = Date.parse(stamp);
  // Only a time as the log writes it comes out as it went in; whatever else is the log's to read, or to refuse.
  return at >= 0 && new Date(at).toISOString() === stamp ? at : undefined;
}
