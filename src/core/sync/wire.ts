import { z } from 'zod';
import type { Json, JsonObject } from '../json.ts';
import type { Actor } from '../log/actor.ts';
import type { Op } from '../log/change.ts';
import type { FoldableChange } from '../log/merge.ts';

/**
 * What travels between a client and the service, both ways. Objects with field names for keys are checked by hand and kept
 * as they are: a field may be called `__proto__`, which a copying schema would drop.
 */

/** The value of a field with the time of its write, ISO 8601. */
export interface WireField {
  value: Json;
  updatedAt: string;
}
export type WireFields = Record<string, WireField>;

const opSchema = z.enum(['insert', 'update', 'delete'] satisfies Op[]);
const name = (what: string) =>
  z
    .string()
    .max(200, 'must have at most 200 characters')
    .regex(/^[A-Za-z0-9_-]+$/, `${what} must be letters, digits, _ and - only`);

/** Paths of the service stand where these would have theirs: GET /sync/pull is the whole log. */
const RESERVED_APP_IDS = new Set(['pull', 'stream', 'ticket']);

/** Of one application: `POST /sync/{appId}`. */
export const appIdSchema = name('an app id').refine(
  (id) => !RESERVED_APP_IDS.has(id),
  'is a path of the service itself; give the app another id',
);

/** Of one collection of the application. */
export const tableSchema = name('a table');

/**
 * Names a replica (a device, a browser profile): its own changes are not sent back to it. Fits in the header X-Client-Id.
 * `server` is the service itself.
 */
export const clientIdSchema = z
  .string()
  .max(200, 'must have at most 200 characters')
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces, so that it fits in the header X-Client-Id')
  .refine((id) => id !== 'server', 'is the name of the service itself; choose another');

const fieldValues = z.custom<JsonObject>(isObject, 'must be an object of field values').meta({ type: 'object' });
const stampedFields = z
  .custom<WireFields>(isObject, 'must be an object of fields')
  .superRefine((fields, context) => {
    for (const [path, message] of isObject(fields) ? fieldFaults(fields) : []) {
      context.addIssue({ code: 'custom', path, message });
    }
  })
  .meta({ type: 'object', description: 'For each field `{value, updatedAt}`' });

/**
 * A change as a client pushes it. `fields` bears the time of each write; `data` leaves it to the log (the time of arrival),
 * for writers that keep no replica: the client is not told that time, so its own merge could come out differently.
 * One of the two. Members that are not named here are ignored.
 */
export const pushedChangeSchema = z.object({
  /** The client's own name for the change, which makes pushing it again safe. */
  eventId: z.string().min(1, 'must not be empty').max(200, 'must have at most 200 characters').optional(),
  table: tableSchema,
  id: z
    .string()
    .min(1, 'must not be empty')
    .max(255, 'must have at most 255 characters')
    .refine((id) => !/[\u0000-\u001f\u007f]/.test(id), 'must not hold control characters')
    .refine((id) => id !== '.' && id !== '..', 'must not be . or .., which no URL can name'),
  op: opSchema,
  fields: stampedFields.optional(),
  data: fieldValues.optional(),
  deletedAt: z.string().nullish(),
  actor: z.unknown().optional().meta({ type: 'object', description: 'Absent, or `{"kind":"user"}`' }),
});
export type PushedChange = z.infer<typeof pushedChangeSchema>;

/** The body of a push. */
export const pushBodySchema = z.object({
  clientId: clientIdSchema,
  since: z
    .union([z.string(), z.literal(0)])
    .nullish()
    .meta({ description: 'The syncedUntil of an earlier answer; absent: from the start' }),
  schemaVersion: z.int().min(1).optional(),
  changes: z.array(pushedChangeSchema),
});
export type PushBody = z.infer<typeof pushBodySchema>;

/** A change on its way to a client: all that the merge needs to end with the server's bytes, and who made it. Made by `wireText`. */
export const wireChangeSchema = z.object({
  eventId: z.string(),
  appId: z.string(),
  table: z.string(),
  id: z.string(),
  op: opSchema,
  /** Every field that the change writes, `deletedAt` included: fold these. */
  fields: z.custom<WireFields>(isObject).meta({ type: 'object' }),
  /** Of an insert: the values alone. */
  data: fieldValues.optional(),
  /** Of a delete: when. */
  deletedAt: z.string().optional(),
  schemaVersion: z.int(),
  actor: z.custom<Actor>((actor) => isObject(actor) && typeof actor.kind === 'string').meta({ type: 'object' }),
  clientId: z.string(),
  /** Contiguous in the person's log from 1; with filters, a client sees some of them. */
  position: z.int(),
  createdAt: z.string(),
});
export type WireChange = z.infer<typeof wireChangeSchema>;

/** A pushed field that lost to a write which the log had already. */
export const fieldConflictSchema = z.object({
  table: z.string(),
  id: z.string(),
  field: z.string(),
  pushed: z.object({ value: anyJson(), updatedAt: z.string() }),
  winning: z.object({ value: anyJson(), updatedAt: z.string(), clientId: z.string() }),
});
export type FieldConflict = z.infer<typeof fieldConflictSchema>;

/** A pushed decision that was not made: it is not in the log. */
export const decisionConflictSchema = z.object({
  table: z.literal('aiProposals'),
  id: z.string(),
  eventId: z.string().optional(),
  /** The code that `POST /api/proposals/{id}/decision` would have answered with. */
  reason: z.string(),
  message: z.string(),
  /** How the proposal was decided instead; null while it is open, or where there is none. */
  decision: z
    .object({
      status: z.string(),
      decidedAt: z.string().optional(),
      decidedBy: z.string().optional(),
      feedback: z.string().optional(),
      params: fieldValues.optional(),
    })
    .nullable(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type DecisionConflict = z.infer<typeof decisionConflictSchema>;

export const conflictSchema = z.union([fieldConflictSchema, decisionConflictSchema]);
export type Conflict = z.infer<typeof conflictSchema>;

/** The answer to a pull. `syncedUntil` is the `since` of the next one; `hasMore`: ask again at once. */
export const pullAnswerSchema = z.object({
  serverChanges: z.array(wireChangeSchema),
  syncedUntil: z.string(),
  hasMore: z.boolean(),
});
export type PullAnswer = z.infer<typeof pullAnswerSchema>;

/** The answer to a push: what the client lacks since its `since`, and what of the push did not win. */
export const pushAnswerSchema = pullAnswerSchema.extend({ conflicts: z.array(conflictSchema) });
export type PushAnswer = z.infer<typeof pushAnswerSchema>;

/** What `foldChange` takes of a change that came over the wire. */
export function toFoldableChange({
  fields,
  clientId,
  position,
}: Pick<WireChange, 'fields' | 'clientId' | 'position'>): FoldableChange {
  const entries = Object.entries(fields);
  return {
    data: Object.fromEntries(entries.map(([field, { value }]) => [field, value])),
    fieldTimestamps: Object.fromEntries(entries.map(([field, { updatedAt }]) => [field, updatedAt])),
    clientId,
    position,
  };
}

function* fieldFaults(fields: Record<string, unknown>): Generator<[path: string[], message: string]> {
  for (const [field, write] of Object.entries(fields)) {
    if (!isObject(write)) yield [[field], 'must be an object {value, updatedAt}'];
    else {
      if (!Object.hasOwn(write, 'value')) yield [[field, 'value'], 'is required; null clears the field'];
      if (!Object.hasOwn(write, 'updatedAt'))
        yield [[field, 'updatedAt'], 'is required; push `data` instead to have it stamped on arrival'];
      else if (typeof write.updatedAt !== 'string') yield [[field, 'updatedAt'], 'must be a time as text, ISO 8601'];
    }
  }
}

function anyJson(): z.ZodType<Json> {
  return z.unknown().meta({ description: 'Any JSON value' }) as z.ZodType<Json>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
