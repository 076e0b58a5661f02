import type { JsonObject } from '../json.ts';

export const PROPOSAL_STATUSES = ['pending', 'approved', 'rejected', 'superseded', 'expired'] as const;
export type ProposalStatus = (typeof PROPOSAL_STATUSES)[number];

/** A proposal is open for decision this long; then it expires. */
export const PROPOSAL_DAYS = 14;

/** The fields of an `ai/aiProposals` record. Its id is `<iterationId>-<index>`. */
export interface ProposalFields {
  missionId: string;
  iterationId: string;
  rationale: string;
  /** One line for the card. */
  summary: string;
  /** The module that the proposal concerns. */
  appId: string;
  toolName: string;
  params: JsonObject;
  status: ProposalStatus;
  /** Identifies what is shown: see actionHash. */
  hash: string;
  expiresAt: string;
  decidedAt?: string;
  /** Who decided: the person, or the person's standing policy. */
  decidedBy?: 'user' | 'policy';
  /** The parameters that were run, when they are not the proposed ones. */
  decidedParams?: JsonObject;
  /** The person's words. */
  feedback?: string;
}

export interface Proposal extends ProposalFields {
  id: string;
}

/** What a decision binds to: a tool with its parameters, as one text that does not depend on the order of keys. */
export function canonicalAction(toolName: string, params: JsonObject): string {
  return JSON.stringify([toolName, canonicalValue(params)]);
}

/** An object becomes the list of its members. A list that could be such a one is wrapped, or both would have one text. */
function canonicalValue(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(canonicalValue);
    return value.every(isLikeMember) ? { list: items } : items;
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => [key, canonicalValue(item)]);
}

function isLikeMember(item: unknown): boolean {
  return Array.isArray(item) && item.length === 2 && typeof item[0] === 'string';
}
