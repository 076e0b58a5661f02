import type { Json, JsonObject } from '../json.ts';
import { validatePolicy } from '../proposals/policy.ts';
import { type FieldIssue, fieldIssues, missingFieldMessage } from './field-issues.ts';
import type { Registry } from './registry.ts';

export type RecordValidation = { ok: true; data: JsonObject } | { ok: false; issues: FieldIssue[] };

/**
 * Checks the fields of a record against its module. Whole records must have what is required and get the defaults;
 * `partial` ones (an update) are checked in the fields that they have, and get none. Unknown fields are kept, and so are
 * the records of collections that no module declares.
 *
 * A rule between two fields (an event ends after it starts) is checked where both are in `data`: to check it for an
 * update of one of them, validate the merged record too.
 */
export function validateRecord(
  registry: Registry,
  appId: string,
  table: string,
  data: JsonObject,
  { partial }: { partial: boolean },
): RecordValidation {
  if (Object.hasOwn(data, 'deletedAt')) return { ok: false, issues: [RESERVED] };
  if (appId === 'ai' && table === 'aiPolicy') return validatePolicy(registry, data);

  const schema = registry.collection(appId, table)?.schema;
  if (!schema) return { ok: true, data };

  const result = schema.safeParse(data, { error: missingFieldMessage });
  // What a partial record lacks is no fault of it.
  const concerned = (result.error?.issues ?? []).filter(
    ({ path }) => !partial || path[0] === undefined || Object.hasOwn(data, path[0]),
  );
  if (concerned.length > 0) return { ok: false, issues: fieldIssues(concerned) };

  const fields = partial ? Object.keys(schema.shape).filter((field) => Object.hasOwn(data, field)) : undefined;
  const parsed = fields
    ? Object.fromEntries(fields.map((field) => [field, schema.shape[field]?.parse(data[field]) as Json]))
    : (result.data as JsonObject);
  return { ok: true, data: { ...data, ...parsed } };
}

const RESERVED: FieldIssue = {
  path: 'deletedAt',
  message: 'is reserved: delete the record instead of writing this field',
};
