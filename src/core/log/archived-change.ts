import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import { fieldIssues } from '../modules/field-issues.ts';
import { actorSchema } from './actor.ts';
import { parseBoundedJson } from './bounds.ts';
import type { Op } from './change.ts';
import { normaliseStamp } from './stamp.ts';
import type { ArchivedChange } from './upcast.ts';

export type ReadArchivedResult =
  | { ok: true; change: ArchivedChange }
  | { ok: false /** '' is the line as a whole. */; field: string; message: string };

/**
 * A line of an archive as the change that it is, or what is wrong with it: all that the log would refuse, and all that it
 * would complete, since what it completed would not be what was archived. `latest`: the greatest time that a field may
 * bear, normalised.
 */
export function readArchivedChange(line: string, latest: string): ReadArchivedResult {
  const parsed = parseLine(line);
  if (!parsed.ok) return { ok: false, field: parsed.path, message: parsed.message };
  const read = archivedSchema.safeParse(parsed.value);
  if (!read.success) {
    const [issue] = fieldIssues(read.error.issues);
    return { ok: false, field: issue?.path ?? '', message: issue?.message ?? 'is no change' };
  }
  const change = read.data as ArchivedChange;
  const fault = faultOfTimes(change, latest);
  return fault ? { ok: false, ...fault } : { ok: true, change };
}

/** A number that a double cannot hold is no fault: the log may hold it, and takes the line's text, not what was parsed. */
function parseLine(line: string) {
  const parsed = parseBoundedJson(line);
  if (parsed.ok || parsed.reason !== 'bad_number') {
    return parsed.ok ? parsed : { ...parsed, message: parsed.message.replace(/^.*the body/, 'it') };
  }
  return { ok: true as const, value: JSON.parse(line) as unknown };
}

const archivedSchema = z.strictObject({
  position: z.int().min(1),
  id: name(200),
  appId: name(200),
  tableName: name(200),
  recordId: name(255),
  op: z.enum(['insert', 'update', 'delete'] satisfies Op[]),
  // By hand: a field may be called `__proto__`, which a copying schema would drop.
  data: z.custom<JsonObject>(isObject, 'must be an object of field values'),
  fieldTimestamps: z.custom<Record<string, string>>(isObject, 'must be an object, a time for each field'),
  clientId: name(200),
  schemaVersion: z.int().min(1),
  actor: actorSchema,
  link: z
    .string()
    .regex(/^([0-9a-f]{64})?$/, 'must be empty or 64 hexadecimal digits')
    .optional(),
  createdAt: z
    .string()
    .refine(
      (at) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(at) && normaliseStamp(at) !== null,
      'must be a time in UTC with microseconds',
    ),
});

/** As db/functions/check_length.sql counts: characters, not the units that JavaScript counts. */
function name(max: number) {
  return z
    .string()
    .min(1, 'must not be empty')
    .refine((text) => text.length <= max || [...text].length <= max, `must have at most ${max} characters`);
}

function faultOfTimes({ op, data, fieldTimestamps }: ArchivedChange, latest: string) {
  for (const [field, at] of Object.entries(fieldTimestamps)) {
    const path = `fieldTimestamps.${field}`;
    if (typeof at !== 'string' || normaliseStamp(at) !== at)
      return { field: path, message: 'is not a time of the log' };
    if (at > latest) return { field: path, message: `${at} lies in the future` };
    if (field !== 'deletedAt' && (op === 'delete' || !Object.hasOwn(data, field))) {
      return { field: path, message: 'is the time of a field that the change does not write' };
    }
  }
  const { deletedAt } = data;
  if (deletedAt !== undefined && deletedAt !== null) {
    if (typeof deletedAt !== 'string' || normaliseStamp(deletedAt) !== deletedAt) {
      return { field: 'data.deletedAt', message: 'must be a time of the log, or null' };
    }
  } else if (op === 'delete') return { field: 'data.deletedAt', message: 'is missing' };
  const timed = op === 'delete' ? ['deletedAt'] : [...Object.keys(data), ...(op === 'insert' ? ['deletedAt'] : [])];
  const untimed = timed.find((field) => !Object.hasOwn(fieldTimestamps, field));
  return untimed === undefined ? null : { field: `fieldTimestamps.${untimed}`, message: 'is missing' };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
