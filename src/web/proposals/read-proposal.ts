import type { JsonObject } from '../../core/json.ts';
import { PROPOSAL_STATUSES, type ProposalStatus } from '../../core/proposals/proposal.ts';
import { objectOr, textOr } from '../../core/tolerant.ts';
import type { RecordRow } from '../replica/database.ts';

/** What a card shows of a proposal. */
export interface ShownProposal {
  id: string;
  missionId: string;
  iterationId: string;
  /** The module that it concerns. */
  appId: string;
  toolName: string;
  /** As they were run, where the person had their own version. */
  params: JsonObject;
  summary: string;
  rationale: string;
  status: ProposalStatus;
  expiresAt: Date | undefined;
  decidedAt: Date | undefined;
  decidedBy: 'user' | 'policy' | undefined;
  feedback: string;
  /** The decision was made here and the service has not answered yet. */
  isUnconfirmed: boolean;
}

/**
 * A proposal's record as a card needs it, whatever another client wrote into it. One that is past its time counts as
 * expired, whether or not a sweep has recorded that.
 */
export function readProposal({ id, data, unconfirmedBy }: RecordRow, now: Date): ShownProposal {
  const expiresAt = dateOf(data.expiresAt);
  const recorded = PROPOSAL_STATUSES.find((status) => status === data.status) ?? 'pending';
  const isOver = recorded === 'pending' && expiresAt !== undefined && expiresAt <= now;
  return {
    id,
    missionId: textOr(data.missionId, ''),
    iterationId: textOr(data.iterationId, ''),
    appId: textOr(data.appId, ''),
    toolName: textOr(data.toolName, ''),
    params: objectOr(data.decidedParams, null) ?? objectOr(data.params, {}),
    summary: textOr(data.summary, '').trim() || textOr(data.toolName, '') || id,
    rationale: textOr(data.rationale, '').trim(),
    status: isOver ? 'expired' : recorded,
    expiresAt,
    decidedAt: dateOf(data.decidedAt),
    decidedBy: data.decidedBy === 'user' || data.decidedBy === 'policy' ? data.decidedBy : undefined,
    feedback: textOr(data.feedback, '').trim(),
    isUnconfirmed: unconfirmedBy === id,
  };
}

function dateOf(value: unknown): Date | undefined {
  if (typeof value !== 'string') return undefined;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
