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
  /** The changes that this replica has pushed. */
  ownEventIds: string[];
  /** The greatest of its times; empty: none. */
  latestStamp: string;
}

export function newStretch(since: string | undefined): LogStretch {
  return {
    ...{ since, cursor: since, changes: 0, records: new Map(), aiChanges: [], ownEventIds: [], latestStamp: '' },
  };
}

/** Adds the changes that follow, up to a cursor. `clientId` names this replica. */
export function addChanges(stretch: LogStretch, changes: WireChange[], cursor: string, clientId: string): void {
  for (const change of changes) {
    const key = keyOf(change);
    const { actor } = change;
    const record = stretch.records.get(key);
    stretch.records.set(key, foldAttributed(record, { ...toFoldableChange(change), actor }));
    if (change.clientId === clientId) stretch.ownEventIds.push(change.eventId);
    if (actor.kind === 'ai') {
      const aiChange = toAiChange(change);
      const before = fieldsOf(record?.data ?? {}, aiChange.data);
      stretch.aiChanges.push({ ...aiChange, before, actor, missionId: actor.missionId });
    }
    for (const { updatedAt } of Object.values(change.fields)) {
      if (updatedAt > stretch.latestStamp) stretch.latestStamp = updatedAt;
    }
  }
  stretch.changes += changes.length;
  stretch.cursor = cursor;
}

/** Of the values those whose fields `wanted` has. */
export function fieldsOf(values: JsonObject, wanted: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([field]) => Object.hasOwn(wanted, field)));
}

function toAiChange({ appId, table, id, op, fields, position, createdAt }: WireChange) {
  const values = Object.entries(fields).filter(([field]) => field !== 'deletedAt');
  const data = Object.fromEntries(values.map(([field, { value }]) => [field, value]));
  return { appId, table, id, op, data, position, createdAt };
}
