import { sql } from 'drizzle-orm';
import type { JsonObject } from '../core/json.ts';
import { type AiActor, USER } from '../core/log/actor.ts';
import type { Change } from '../core/log/change.ts';
import { formatStamp } from '../core/log/stamp.ts';
import { knownTimeZone } from '../core/missions/time-zone.ts';
import type { FieldIssue } from '../core/modules/field-issues.ts';
import type { WriteTool } from '../core/modules/module.ts';
import type { Registry } from '../core/modules/registry.ts';
import { effectChanges } from '../core/planning/stage.ts';
import { toolPolicy } from '../core/proposals/policy.ts';
import type { Proposal, ProposalFields } from '../core/proposals/proposal.ts';
import { appendChanges } from '../database/append-changes.ts';
import type { Transaction } from '../database/database.ts';
import { readRecord } from '../database/read-records.ts';
import { actionHash } from './action-hash.ts';
import { runTool } from './run-tool.ts';

export interface Decision {
  decision: 'approve' | 'reject';
  /** The hash of what was shown, as it came with the proposal: nothing else can be approved by it. */
  hash?: string | undefined;
  /** The person's own version of the parameters, to run instead of the proposed ones. */
  params?: JsonObject | undefined;
  feedback?: string | undefined;
  /** The event id and the client of the change that records the decision, where a client pushed it. */
  eventId?: string | undefined;
  clientId?: string | undefined;
}

export type DecisionRefusal =
  | 'proposal_not_found'
  | 'proposal_already_decided'
  | 'proposal_superseded'
  | 'proposal_expired'
  | 'proposal_changed'
  | 'tool_denied'
  | 'invalid_params'
  | 'effect_refused';

export interface TouchedRecord {
  appId: string;
  table: string;
  id: string;
}

export type DecisionOutcome =
  | { ok: true; proposal: Proposal; records: TouchedRecord[] }
  | { ok: false; reason: DecisionRefusal; message: string; issues?: FieldIssue[]; proposal?: Proposal };

/**
 * Decides a proposal once and for all, and, when it is approved, makes its changes in the same transaction: both or
 * neither. Runs under the user's log lock, so of two devices that decide at once the second sees the first's decision.
 */
export async function decideProposal(
  tx: Transaction,
  deps: { registry: Registry; userId: string; now: Date },
  proposalId: string,
  decision: Decision,
): Promise<DecisionOutcome> {
  await tx.query(sql`select lock_log()`);
  const record = await readRecord(tx, 'ai', 'aiProposals', proposalId);
  if (!record || record.deletedAt) {
    return { ok: false, reason: 'proposal_not_found', message: 'there is no such proposal' };
  }
  const proposal = { ...(record.data as unknown as ProposalFields), id: proposalId };
  const refusal = whyUndecidable(proposal, decision, deps.now);
  if (refusal) return { ok: false, ...refusal, proposal };

  const decided: Partial<ProposalFields> = {
    status: decision.decision === 'approve' ? 'approved' : 'rejected',
    decidedAt: formatStamp(deps.now),
    decidedBy: 'user',
    ...(decision.feedback === undefined ? {} : { feedback: decision.feedback }),
  };
  const effects: Change[] = [];
  if (decision.decision === 'approve') {
    const run = await runApproved(tx, deps, proposal, decision.params ?? proposal.params);
    if (!run.ok) return { ...run, proposal };
    if (decision.params !== undefined) decided.decidedParams = run.params;
    effects.push(...effectChanges(run.appId, run.effects, actorOf(proposal)));
  }
  const change: Change = {
    ...(decision.eventId === undefined ? {} : { id: decision.eventId }),
    ...(decision.clientId === undefined ? {} : { clientId: decision.clientId }),
    appId: 'ai',
    tableName: 'aiProposals',
    recordId: proposalId,
    op: 'update',
    data: { ...decided },
    actor: USER,
  };
  await appendChanges(tx, deps.userId, [change, ...effects]);
  return {
    ok: true,
    proposal: { ...proposal, ...decided },
    records: effects.map(({ appId, tableName, recordId }) => ({ appId, table: tableName, id: recordId })),
  };
}

function whyUndecidable(
  proposal: Proposal,
  decision: Decision,
  now: Date,
): { reason: DecisionRefusal; message: string } | null {
  if (proposal.status === 'superseded') {
    return {
      reason: 'proposal_superseded',
      message: 'a newer plan has replaced this proposal, or its mission was deleted',
    };
  }
  if (proposal.status === 'expired' || (proposal.status === 'pending' && proposal.expiresAt <= formatStamp(now))) {
    return { reason: 'proposal_expired', message: `the proposal could be decided until ${proposal.expiresAt}` };
  }
  if (proposal.status !== 'pending') {
    return {
      reason: 'proposal_already_decided',
      message: `the proposal was ${proposal.status} at ${proposal.decidedAt}`,
    };
  }
  // Made from what would run, not read from the record: what is shown and what runs cannot drift apart.
  if (decision.hash !== undefined && decision.hash !== actionHash(proposal.toolName, proposal.params)) {
    return {
      reason: 'proposal_changed',
      message: 'the hash is not that of this proposal; read it again and decide on what it shows',
    };
  }
  return null;
}

async function runApproved(
  tx: Transaction,
  deps: { registry: Registry; now: Date },
  proposal: Proposal,
  params: JsonObject,
) {
  const tool = deps.registry.tool(proposal.toolName);
  const policy = await readRecord(tx, 'ai', 'aiPolicy', 'policy');
  const policyData = policy?.deletedAt ? undefined : policy?.data;
  if (tool?.kind !== 'write' || toolPolicy(tool, policyData) === 'deny') {
    const message = `the policy denies ${proposal.toolName}; allow it before you approve`;
    return { ok: false, reason: 'tool_denied', message } as const;
  }
  const mission = await readRecord(tx, 'ai', 'aiMissions', proposal.missionId);
  const timeZone = knownTimeZone(mission?.data.timeZone);
  const context = { now: deps.now, timeZone, proposalId: proposal.id };
  const run = await runTool(tx, deps.registry, tool as WriteTool, params, context);
  return run.ok ? { ...run, appId: deps.registry.moduleOf(tool.name)?.appId ?? '' } : run;
}

function actorOf(proposal: Proposal): AiActor {
  return {
    kind: 'ai',
    missionId: proposal.missionId,
    iterationId: proposal.iterationId,
    proposalId: proposal.id,
    rationale: proposal.rationale,
  };
}
