import type { JsonObject } from '../../core/json.ts';
import { type AttributedRecord, foldAttributed } from '../../core/sync/attributed-record.ts';
import { toFoldableChange, type WireChange } from '../../core/sync/wire.ts';
import { type AiChange, keyOf } from './database.ts';

/** A stretch of the log, folded: all that a replica stores of it, whose size is that of its records. */
export interface LogStretch {
  /** Where it begins; undefined: with the log. */
  since: string | undefined;
  /** Where it ends. */
  cursor: string | undefined;
  /** How many changes are in it. */
  changes: number;
  /** What its changes make of the records that they touch. */
  records: Map<string, AttributedRecord>;
  aiChanges: AiChange[];
  /** The changes that this replica has pushed: their event ids, and the time that the log has for each. */
  own: Map<string, string>;
  /** The decision of this replica that it ends with, effects included: more of them may follow. Null: it ends with none. */
  lastDecision: string | null;
  /** The greatest of its times; empty: none. */
  latestStamp: string;
}

export function newStretch(since: string | undefined): LogStretch {
  return {
    ...{
      since,
      cursor: since,
      changes: 0,
      records: new Map(),
      aiChanges: [],
      own: new Map(),
      lastDecision: null,
      latestStamp: '',
    },
  };
}

/** Adds the changes that follow, up to a cursor. `clientId` names this replica. */
export function addChanges(stretch: LogStretch, changes: WireChange[], cursor: string, clientId: string): void {
  for (const change of changes) {
    const key = keyOf(change);
    const { actor } = change;
    const record = stretch.records.get(key);
    stretch.records.set(key, foldAttributed(record, { ...toFoldableChange(change), actor }));
    const stamp = latestOf(change);
    if (change.clientId === clientId) stretch.own.set(change.eventId, stamp);
    if (isDecision(change)) stretch.lastDecision = change.clientId === clientId ? change.id : null;
    else if (actor.kind !== 'ai' || actor.proposalId !== stretch.lastDecision) stretch.lastDecision = null;
    if (actor.kind === 'ai') {
      const aiChange = toAiChange(change);
      const before = fieldsOf(record?.data ?? {}, aiChange.data);
      stretch.aiChanges.push({ ...aiChange, before, actor, missionId: actor.missionId });
    }
    if (stamp > stretch.latestStamp) stretch.latestStamp = stamp;
  }
  stretch.changes += changes.length;
  stretch.cursor = cursor;
}

/**
 * Whether it may be stored, as far as it goes. `hasMore`: the log is known to go on. Pages are cut at any change, and what a
 * decision is foreseen to do gives way to all of its effects at once: what was written upon an effect that is still to come
 * would be stamped before it.
 */
export function isWhole({ lastDecision }: LogStretch, hasMore: boolean): boolean {
  return !hasMore || lastDecision === null;
}

/** Of the values those whose fields `wanted` has. */
export function fieldsOf(values: JsonObject, wanted: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([field]) => Object.hasOwn(wanted, field)));
}

/** Clients write proposals by deciding them; the effects follow in the same transaction, one after the other. */
function isDecision({ appId, table }: WireChange): boolean {
  return appId === 'ai' && table === 'aiProposals';
}

function latestOf({ fields }: WireChange): string {
  let latest = '';
  for (const { updatedAt } of Object.values(fields)) if (updatedAt > latest) latest = updatedAt;
  return latest;
}

function toAiChange({ appId, table, id, op, fields, position, createdAt }: WireChange) {
  const values = Object.entries(fields).filter(([field]) => field !== 'deletedAt');
  const data = Object.fromEntries(values.map(([field, { value }]) => [field, value]));
  return { appId, table, id, op, data, position, createdAt };
}
