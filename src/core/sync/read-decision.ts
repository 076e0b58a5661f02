import { z } from 'zod';
import type { Json, JsonObject } from '../json.ts';
import { type FieldIssue, fieldIssues, missingFieldMessage } from '../modules/field-issues.ts';
import type { PushedChange } from './wire.ts';

/** A decision on a proposal, as a client that was offline pushes it: an update of the proposal's record. */
export interface PushedDecision {
  kind: 'decision';
  proposalId: string;
  eventId?: string;
  decision: {
    decision: 'approve' | 'reject';
    hash?: string | undefined;
    params?: JsonObject | undefined;
    feedback?: string | undefined;
  };
}

export type DecisionReading =
  | { ok: true; value: PushedDecision }
  | { ok: false; code: 'collection_is_server_owned' | 'invalid_request'; issues: FieldIssue[] };

const decisionSchema = z
  .object({
    status: z.enum(['approved', 'rejected'], 'must be approved or rejected'),
    hash: z.string().max(128).nullish(),
    params: z
      .custom<JsonObject>((value) => typeof value === 'object' && !Array.isArray(value), 'must be an object')
      .nullish(),
    feedback: z.string().trim().max(4_000).nullish(),
  })
  .refine(({ status, params }) => !params || status === 'approved', {
    path: ['params'],
    error: 'only go with the status approved',
  });
const FIELDS = new Set(Object.keys(decisionSchema.shape));

/** Reads a change of `ai/aiProposals`, of which a client may write nothing else. `source` is where its values stand. */
export function readDecision(
  { id, op, eventId }: PushedChange,
  values: Record<string, Json>,
  source: 'fields' | 'data',
): DecisionReading {
  const others = Object.keys(values).filter((field) => !FIELDS.has(field));
  if (op !== 'update' || others.length > 0) {
    const paths = op === 'update' ? others.map((field) => `${source}.${field}`) : ['op'];
    const message =
      'only the server writes proposals; a client may decide: an update of status, params, feedback, hash';
    return { ok: false, code: 'collection_is_server_owned', issues: paths.map((path) => ({ path, message })) };
  }
  const parsed = decisionSchema.safeParse(values, { error: missingFieldMessage });
  if (!parsed.success) {
    const issues = fieldIssues(parsed.error.issues).map(({ path, message }) => ({
      path: source === 'fields' && Object.hasOwn(values, path) ? `fields.${path}.value` : `${source}.${path}`,
      message,
    }));
    return { ok: false, code: 'invalid_request', issues };
  }
  const { status, hash, params, feedback } = parsed.data;
  const decision = {
    decision: status === 'approved' ? ('approve' as const) : ('reject' as const),
    hash: hash ?? undefined,
    params: params ?? undefined,
    feedback: feedback || undefined,
  };
  return {
    ok: true,
    value: { kind: 'decision', proposalId: id, ...(eventId === undefined ? {} : { eventId }), decision },
  };
}
