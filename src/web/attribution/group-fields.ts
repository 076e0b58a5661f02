import type { Json, JsonObject } from '../../core/json.ts';
import type { Actor } from '../../core/log/actor.ts';
import { compareText } from '../../core/modules/reading.ts';
import type { FieldAttribution } from '../replica/read/explain-record.ts';

/** The fields of a record that one change wrote together, with the values that they still have. */
export interface FieldGroup {
  actor: Actor;
  updatedAt: string;
  /** Null while it is on its way, or foreseen. */
  position: number | null;
  fields: { name: string; value: Json }[];
  /** Whether the change deleted the record. */
  deletes: boolean;
}

/** What a record holds, by the changes that wrote it: the newest first, the fields of each in the record's order. */
export function groupFields(
  explained: Readonly<Record<string, FieldAttribution>>,
  { data, deleted }: { data: JsonObject; deleted: boolean },
): FieldGroup[] {
  const groups = new Map<string, FieldGroup>();
  for (const [name, { actor, updatedAt, position, clientId }] of Object.entries(explained)) {
    // What has no position yet was written together when it has the same time, writer and actor.
    const key = JSON.stringify(position ?? [updatedAt, clientId, actor]);
    const group = groups.get(key) ?? { actor, updatedAt, position, fields: [], deletes: false };
    groups.set(key, group);
    if (updatedAt > group.updatedAt) group.updatedAt = updatedAt;
    if (Object.hasOwn(data, name)) group.fields.push({ name, value: data[name] as Json });
    // An insert writes it too: that the record is there.
    else if (name === 'deletedAt') group.deletes = deleted;
  }
  return [...groups.values()].filter(({ fields, deletes }) => deletes || fields.length > 0).sort(byRecency);
}

/** What is on its way comes after everything that the log has. */
function byRecency(a: FieldGroup, b: FieldGroup): number {
  if (a.position !== null && b.position !== null) return b.position - a.position;
  if (a.position !== b.position) return a.position === null ? -1 : 1;
  return compareText(b.updatedAt, a.updatedAt);
}
