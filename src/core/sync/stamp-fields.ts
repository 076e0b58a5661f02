import type { JsonObject } from '../json.ts';
import type { Op } from '../log/change.ts';
import type { WireFields } from './wire.ts';

/**
 * The fields that a change writes, each with its time: what the log makes of it (db/functions/admit_change.sql), so that
 * a replica shows before the push what it holds after it. An insert says that the record lives, a delete that it does not.
 */
export function stampFields(op: Op, data: JsonObject, updatedAt: string): WireFields {
  if (op === 'delete') return { deletedAt: { value: updatedAt, updatedAt } };
  const values = op === 'insert' ? { ...data, deletedAt: null } : data;
  return Object.fromEntries(Object.entries(values).map(([field, value]) => [field, { value, updatedAt }]));
}
