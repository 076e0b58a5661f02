import type { z } from 'zod';
import type { JsonObject } from '../json.ts';
import type { ApplyResult, Effect, ToolContext, ToolRefusal } from './module.ts';

/** The effect of a tool that creates one record: its parameters, completed by the defaults of the collection. */
export function insertOne(
  tableName: string,
  schema: z.ZodObject,
  fields: Record<string, unknown>,
  context: ToolContext,
): ApplyResult {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  // Parsed JSON stays JSON: the schemas of records transform text to text only.
  const data = schema.parse(given) as JsonObject;
  return { ok: true, effects: [{ tableName, recordId: context.newId(0), op: 'insert', data }] };
}

/** The effect of a tool that changes one record: only the fields that change. */
export function update(tableName: string, recordId: string, data: JsonObject): Effect {
  return { tableName, recordId, op: 'update', data };
}

/** The answer of a tool whose record does not exist (or no longer does). */
export function notFound(kind: string, id: string): ApplyResult {
  return { ok: false, reason: 'record_not_found', message: `There is no ${kind} with the id "${id}".` };
}

/** The answer of a tool that would change nothing. */
export function nothingToChange(reason: Exclude<ToolRefusal, 'record_not_found'>, message: string): ApplyResult {
  return { ok: false, reason, message };
}
