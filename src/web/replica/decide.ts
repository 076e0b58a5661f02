import type { JsonObject } from '../../core/json.ts';
import type { AiActor } from '../../core/log/actor.ts';
import { knownTimeZone } from '../../core/missions/time-zone.ts';
import type { FieldIssue } from '../../core/modules/field-issues.ts';
import type { Effect, Need, RecordView, ToolRefusal } from '../../core/modules/module.ts';
import { applyTool, prepareTool, type SeenRecords } from '../../core/modules/run-tool.ts';
import { toolPolicy } from '../../core/proposals/policy.ts';
import { NEW_CLOCK, tick } from '../../core/sync/hybrid-clock.ts';
import { stampFields } from '../../core/sync/stamp-fields.ts';
import { checkChange } from './check-change.ts';
import {
  type ForeseenWrite,
  keyOf,
  type OutboxRow,
  type RecordRef,
  type RecordRow,
  type ReplicaDatabase,
  readMeta,
  transact,
  writeMeta,
} from './database.ts';
import { orStorageFull, type StorageFull } from './quota-error.ts';
import { listRecords } from './read/list-records.ts';
import { refreshRecords } from './refresh-records.ts';
import type { Writer } from './write.ts';

export interface ProposalDecision {
  proposalId: string;
  decision: 'approve' | 'reject';
  /** The person's own version of the parameters, to run instead of the proposed ones; only to approve. */
  params?: JsonObject;
  feedback?: string;
}

export type DecideResult =
  | { ok: true }
  /** Nothing is stored. The reasons are the service's, as far as they can be known here. */
  | {
      ok: false;
      reason:
        | 'proposal_not_found'
        | 'proposal_already_decided'
        | 'proposal_superseded'
        | 'proposal_expired'
        | 'tool_denied'
        | 'invalid_params'
        | 'effect_refused';
      /** Of `effect_refused`: why the tool has no effect. */
      refusal?: ToolRefusal;
      message: string;
      issues: FieldIssue[];
    }
  | StorageFull;
type Refusal = Exclude<DecideResult, { ok: true } | StorageFull>;

/**
 * Decides a proposal and shows at once what is foreseen to follow, until the service has decided. What is pushed is the
 * decision alone, with the hash of what was shown; the effects are the service's to make.
 */
export async function decide(writer: Writer, decision: ProposalDecision): Promise<DecideResult> {
  const { db } = writer;
  return orStorageFull(() => transact(db, async () => storeDecision(writer, decision)));
}

/** What an approval would change, worked out as `decide` does; nothing is stored. */
export type Preview = { ok: true; effects: (RecordRef & { op: Effect['op']; data: JsonObject })[] } | Refusal;

/** The effects of a proposal, with its own parameters or the person's version of them. */
export function previewProposal(writer: Writer, proposalId: string, params?: JsonObject): Promise<Preview> {
  const { db } = writer;
  return db.transaction('r', [db.records], async (): Promise<Preview> => {
    const proposal = await db.records.get(['ai', 'aiProposals', proposalId]);
    if (!proposal) return refuse('proposal_not_found', 'there is no such proposal');
    const run = await foresee(writer, proposal, params);
    if (!run.ok) return run;
    const { appId } = run;
    return {
      ok: true,
      effects: run.effects.map(({ tableName, recordId, op, data }) => ({
        appId,
        table: tableName,
        id: recordId,
        op,
        data,
      })),
    };
  });
}

async function storeDecision(writer: Writer, decision: ProposalDecision): Promise<DecideResult> {
  const { db, registry, now, newId } = writer;
  const { proposalId } = decision;
  const proposal = await db.records.get(['ai', 'aiProposals', proposalId]);
  if (!proposal) return refuse('proposal_not_found', 'there is no such proposal');
  const refusal = whyUndecidable(proposal.data, now());
  if (refusal) return refusal;

  const { clock, stamp } = tick((await readMeta(db, 'clock')) ?? NEW_CLOCK, now());
  const feedback = decision.feedback?.trim() || undefined;
  const decided: JsonObject = {
    status: decision.decision === 'approve' ? 'approved' : 'rejected',
    decidedAt: stamp,
    decidedBy: 'user',
    ...(feedback === undefined ? {} : { feedback }),
  };
  const effects: ForeseenWrite[] = [];
  if (decision.decision === 'approve') {
    const run = await foresee(writer, proposal, decision.params);
    if (!run.ok) return run;
    if (decision.params !== undefined) decided.decidedParams = run.params;
    effects.push(...run.effects.map((effect) => toForeseen(run.appId, effect, stamp)));
  }
  const writes = [toForeseen('ai', { ...DECIDED, recordId: proposalId, data: decided }, stamp), ...effects];
  const row = toRow(proposal, decision, { eventId: newId(), status: decided.status as string, feedback, writes });
  const issues = checkChange(registry, 'ai', row.change);
  if (issues.length > 0) return { ...refuse('invalid_params', 'the decision is not valid'), issues };
  await writeMeta(db, 'clock', clock);
  await db.outbox.add(row);
  await refreshRecords(db, row.touches);
  return { ok: true };
}

const DECIDED = { tableName: 'aiProposals', op: 'update' as const };

function whyUndecidable({ status, expiresAt, decidedAt }: JsonObject, nowMs: number): Refusal | null {
  if (status === 'superseded') return refuse('proposal_superseded', 'a newer plan has replaced this proposal');
  const isOver = typeof expiresAt === 'string' && Date.parse(expiresAt) <= nowMs;
  if (status === 'expired' || (status === 'pending' && isOver)) {
    return refuse('proposal_expired', `the proposal could be decided until ${expiresAt}`);
  }
  if (status === 'pending') return null;
  return refuse('proposal_already_decided', `the proposal was ${status} at ${decidedAt}`);
}

async function foresee({ db, registry, now }: Writer, proposal: RecordRow, edited: JsonObject | undefined) {
  const { toolName, params, missionId } = proposal.data;
  const tool = registry.tool(String(toolName));
  const [policy, mission] = await Promise.all([
    db.records.get(['ai', 'aiPolicy', 'policy']),
    db.records.get(['ai', 'aiMissions', String(missionId)]),
  ]);
  if (tool?.kind !== 'write' || toolPolicy(tool, policy?.data) === 'deny') {
    return refuse('tool_denied', `the policy denies ${toolName}; allow it before you approve`);
  }
  const prepared = prepareTool(registry, tool, edited ?? (params as JsonObject));
  if (!prepared.ok) return { ...refuse(prepared.reason, prepared.message), issues: prepared.issues };
  // Nothing is awaited in a transaction but what reads or writes: Dexie would lose the transaction over it.
  const { appId, needs } = prepared;
  const records = needs.length === 0 ? NO_RECORDS : await readNeeds(db, appId, needs);
  const run = applyTool(
    registry,
    prepared,
    { now: new Date(now()), timeZone: knownTimeZone(mission?.data.timeZone), proposalId: proposal.id },
    records,
  );
  return run;
}

const NO_RECORDS: SeenRecords = { find: () => undefined, list: () => [] };

/** The records that a tool must see, as they are shown here. */
async function readNeeds(db: ReplicaDatabase, appId: string, needs: Need[]): Promise<SeenRecords> {
  const tables = new Map<string, Map<string, RecordView>>();
  for (const { table, id } of needs) {
    const rows = id === undefined ? await listRecords(db, appId, table) : [await db.records.get([appId, table, id])];
    const held = tables.get(table) ?? new Map<string, RecordView>();
    for (const row of rows) if (row) held.set(row.id, { id: row.id, data: row.data });
    tables.set(table, held);
  }
  return {
    find: (table: string, id: string) => tables.get(table)?.get(id),
    list: (table: string) => [...(tables.get(table)?.values() ?? [])],
  };
}

function toForeseen(appId: string, { tableName, recordId, op, data }: Effect, stamp: string): ForeseenWrite {
  return { appId, table: tableName, id: recordId, fields: stampFields(op, data, stamp) };
}

function toRow(
  { id, data }: RecordRow,
  { params }: ProposalDecision,
  made: { eventId: string; status: string; feedback: string | undefined; writes: ForeseenWrite[] },
): Omit<OutboxRow, 'seq'> {
  const { eventId, status, feedback, writes } = made;
  const actor: AiActor = {
    kind: 'ai',
    missionId: String(data.missionId),
    iterationId: String(data.iterationId),
    proposalId: id,
    rationale: String(data.rationale),
  };
  const change = {
    eventId,
    table: 'aiProposals',
    id,
    op: 'update' as const,
    data: {
      status,
      ...(typeof data.hash === 'string' ? { hash: data.hash } : {}),
      ...(params === undefined ? {} : { params }),
      ...(feedback === undefined ? {} : { feedback }),
    },
  };
  return {
    appId: 'ai',
    kind: 'decision',
    state: 'waiting',
    touches: [...new Set(writes.map(keyOf))],
    characters: JSON.stringify(change).length,
    eventId,
    change,
    foreseen: { actor, writes },
  };
}

function refuse(reason: Refusal['reason'], message: string): Refusal {
  return { ok: false, reason, message, issues: [] };
}
