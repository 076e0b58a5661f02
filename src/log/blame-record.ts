import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Json, JsonObject } from '../core/json.ts';
import { type AiActor, actorSchema } from '../core/log/actor.ts';
import { addressKey, type RecordAddress } from '../core/log/record-address.ts';
import type { Registry } from '../core/modules/registry.ts';
import { textOr } from '../core/tolerant.ts';
import type { Transaction } from '../database/database.ts';
import { readRecord, type StoredRecord } from '../database/read-records.ts';
import { jsonb } from '../database/statement.ts';
import { labelOf } from './label-of.ts';
import { type HistoryChange, readChangesAt, readHistories } from './past/read-history.ts';

/** Why an AI made a change: for which mission, by which plan, and who let it. What is gone by now is null. */
export const becauseSchema = z.object({
  mission: z.object({ id: z.string(), title: z.string().nullable() }),
  iteration: z.object({ id: z.string(), model: z.string().nullable() }),
  proposal: z.object({ id: z.string(), summary: z.string().nullable() }),
  /** The reason of the step. */
  rationale: z.string(),
  /** Who approved: the person, by a change of theirs, or their standing policy. */
  approval: z
    .object({
      by: z.enum(['user', 'policy']),
      position: z.number(),
      decidedAt: z.string(),
      arrivedAt: z.string(),
      clientId: z.string(),
      /** Whether the person changed the parameters before. */
      edited: z.boolean(),
    })
    .nullable(),
});

/** One write of a field, and all that is known of it. */
export const fieldWriteSchema = z.object({
  value: z.unknown(),
  position: z.number(),
  eventId: z.string(),
  op: z.enum(['insert', 'update', 'delete']),
  /** The time of the write, by which it won or lost. */
  writtenAt: z.string(),
  /** When the log got it. */
  arrivedAt: z.string(),
  clientId: z.string(),
  actor: actorSchema,
  /** Of an AI's write; null for others. */
  because: becauseSchema.nullable(),
});

export const recordBlameSchema = z.object({
  appId: z.string(),
  table: z.string(),
  id: z.string(),
  label: z.string(),
  deletedAt: z.string().nullable(),
  fields: z.array(
    fieldWriteSchema.extend({
      field: z.string(),
      /** The other writes of the field, the newest to arrive first: those that stood once and those that never did. */
      others: z.array(fieldWriteSchema).optional(),
    }),
  ),
});

export type Because = z.infer<typeof becauseSchema>;
export type FieldWrite = z.infer<typeof fieldWriteSchema>;
export type RecordBlame = z.infer<typeof recordBlameSchema>;

/**
 * Why a record of the transaction's user is as it is: for each field, `deletedAt` included, the write that stands and what
 * is behind it; with `others`, every other write of it too. Undefined when there is no such record.
 */
export async function blameRecord(
  tx: Transaction,
  registry: Registry,
  address: RecordAddress,
  { others = false }: { others?: boolean } = {},
): Promise<RecordBlame | undefined> {
  const record = await readRecord(tx, address.appId, address.table, address.id);
  if (!record) return undefined;
  const positions = Object.values(record.fieldMeta).map(({ position }) => position);
  // Without the others a look-up of each change by its position; else the log from the record's first change on.
  const changes = others
    ? ((await readHistories(tx, [address], Number.MAX_SAFE_INTEGER)).get(addressKey(address)) ?? [])
    : [...(await readChangesAt(tx, positions)).values()];
  const because = await explainActors(
    tx,
    changes.flatMap(({ actor }) => (actor.kind === 'ai' ? [actor] : [])),
  );
  const toWrite = (change: HistoryChange, field: string): FieldWrite => ({
    value: Object.hasOwn(change.data, field) ? (change.data[field] as Json) : null,
    position: change.position,
    eventId: change.eventId,
    op: change.op,
    writtenAt: change.fieldTimestamps[field] ?? change.arrivedAt,
    arrivedAt: change.arrivedAt,
    clientId: change.clientId,
    actor: change.actor,
    because: change.actor.kind === 'ai' ? (because.get(change.actor.proposalId) ?? null) : null,
  });

  const byPosition = new Map(changes.map((change) => [change.position, change]));
  const fields = [...Object.keys(record.data), 'deletedAt'].flatMap((field) => {
    const held = byPosition.get(Object.hasOwn(record.fieldMeta, field) ? record.fieldMeta[field]!.position : 0);
    if (!held) return [];
    const rest = changes.filter((change) => change !== held && Object.hasOwn(change.fieldTimestamps, field)).reverse();
    return [
      {
        field,
        ...toWrite(held, field),
        ...(others ? { others: rest.map((change) => toWrite(change, field)) } : {}),
      },
    ];
  });
  return {
    ...address,
    label: labelOf(registry, address, record.data),
    deletedAt: record.deletedAt?.toISOString() ?? null,
    fields,
  };
}

/** What is behind AI actors, by their proposals. */
async function explainActors(tx: Transaction, actors: AiActor[]): Promise<Map<string, Because>> {
  const byProposal = new Map(actors.map((actor) => [actor.proposalId, actor]));
  const unique = [...byProposal.values()];
  const proposals = await readByIds(
    tx,
    'aiProposals',
    unique.map(({ proposalId }) => proposalId),
  );
  const iterations = await readByIds(
    tx,
    'aiIterations',
    unique.map(({ iterationId }) => iterationId),
  );
  const missions = await readByIds(
    tx,
    'aiMissions',
    unique.map(({ missionId }) => missionId),
  );
  const decisions = await readChangesAt(
    tx,
    [...proposals.values()].map(({ fieldMeta }) => fieldMeta.status?.position ?? 0),
  );
  return new Map(
    unique.map((actor): [string, Because] => {
      const proposal = proposals.get(actor.proposalId);
      return [
        actor.proposalId,
        {
          mission: { id: actor.missionId, title: textIn(missions.get(actor.missionId)?.data, 'title') },
          iteration: { id: actor.iterationId, model: textIn(iterations.get(actor.iterationId)?.data, 'model') },
          proposal: { id: actor.proposalId, summary: textIn(proposal?.data, 'summary') },
          rationale: actor.rationale,
          approval: proposal ? toApproval(proposal, decisions) : null,
        },
      ];
    }),
  );
}

type BehindRecord = Pick<StoredRecord, 'id' | 'data' | 'fieldMeta'>;

function toApproval({ data, fieldMeta }: BehindRecord, decisions: Map<number, HistoryChange>): Because['approval'] {
  const decision = decisions.get(fieldMeta.status?.position ?? 0);
  if (!decision || data.status !== 'approved') return null;
  return {
    by: data.decidedBy === 'policy' ? 'policy' : 'user',
    position: decision.position,
    decidedAt: textOr(data.decidedAt, decision.arrivedAt),
    arrivedAt: decision.arrivedAt,
    clientId: decision.clientId,
    edited: (data.decidedParams ?? null) !== null,
  };
}

async function readByIds(tx: Transaction, table: string, ids: string[]): Promise<Map<string, BehindRecord>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query<BehindRecord>(sql`
    select record_id as id, data, field_meta as "fieldMeta" from records
    where user_id = current_user_id() and app_id = 'ai' and table_name = ${table}
      and record_id in (select jsonb_array_elements_text(${jsonb([...new Set(ids)])}))`);
  return new Map(rows.map((row) => [row.id, row]));
}

function textIn(data: JsonObject | undefined, field: string): string | null {
  return data ? textOr(data[field], null) : null;
}
