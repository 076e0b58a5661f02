import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import type { StaleInput } from '../core/proposals/stale-inputs.ts';
import { objectOr, present, textOr } from '../core/tolerant.ts';
import { actionHash } from '../decisions/action-hash.ts';
import { statusAt } from './proposal-status.ts';

const json = z.record(z.string(), z.unknown());

/** What a pending proposal was made from and changed since, field by field; null: nothing, or it is not pending. */
export const staleSchema = z
  .array(z.object({ appId: z.string(), table: z.string(), id: z.string(), field: z.string() }))
  .nullable();

/** A proposal as a person decides on it. */
export const proposalViewSchema = z.object({
  id: z.string(),
  missionId: z.string(),
  missionTitle: z.string().nullable(),
  iterationId: z.string(),
  module: z.string(),
  toolName: z.string(),
  params: json,
  summary: z.string(),
  rationale: z.string(),
  /** pending, approved, rejected, superseded or expired. */
  status: z.string(),
  /** Of the tool and the parameters shown here: a decision that names it can decide on nothing else. */
  hash: z.string(),
  expiresAt: z.string(),
  createdAt: z.string().nullable(),
  decidedAt: z.string().optional(),
  decidedBy: z.string().optional(),
  decidedParams: json.optional(),
  feedback: z.string().optional(),
  stale: staleSchema,
});

export type ProposalView = z.infer<typeof proposalViewSchema>;

export interface ProposalRow {
  id: string;
  data: JsonObject;
  firstPosition: number;
  /** The title as the mission's record has it; null when there is no such record. */
  missionTitle: string | null;
  createdAt: Date | null;
}

/** `now` decides whether an undecided proposal has expired; `stale` is what changed of that which its iteration was made from. */
export function toProposalView(
  { id, data, missionTitle, createdAt }: ProposalRow,
  now: Date,
  stale: StaleInput[] | null,
): ProposalView {
  const status = statusAt(data, now);
  const toolName = textOr(data.toolName, '');
  const params = objectOr(data.params, {});
  return {
    id,
    missionId: textOr(data.missionId, ''),
    missionTitle,
    iterationId: textOr(data.iterationId, ''),
    module: textOr(data.appId, ''),
    toolName,
    params,
    summary: textOr(data.summary, ''),
    rationale: textOr(data.rationale, ''),
    status,
    hash: actionHash(toolName, params),
    expiresAt: textOr(data.expiresAt, ''),
    createdAt: createdAt?.toISOString() ?? null,
    ...present({
      decidedAt: textOr(data.decidedAt, undefined),
      decidedBy: textOr(data.decidedBy, undefined),
      decidedParams: objectOr(data.decidedParams, undefined),
      feedback: textOr(data.feedback, undefined),
    }),
    stale: status === 'pending' ? stale : null,
  };
}
