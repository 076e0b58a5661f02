import type { Json, JsonObject } from '../../../core/json.ts';
import type { Registry } from '../../../core/modules/registry.ts';
import type { AiChange } from '../../replica/database.ts';

/** A change as it is told: what it was about, and what of it became what. */
export interface ToldChange {
  /** The record's name now; as the change left it where the record is not known here. */
  label: string;
  fields: { name: string; before: Json | undefined; after: Json }[];
}

/** `now`: what the record holds now. */
export function describeChange(change: AiChange, now: JsonObject | undefined, registry: Registry): ToldChange {
  const { appId, table, id, op, data, before } = change;
  const collection = registry.collection(appId, table);
  const label = collection?.label({ id, data: now ?? { ...before, ...data } }) ?? id;
  const fields = Object.entries(data).map(([name, after]) => ({ name, before: own(before, name), after }));
  if (op === 'delete') return { label, fields: [] };
  if (op === 'insert') return { label, fields: fields.filter(({ after }) => saysSomething(after) && after !== label) };
  return { label, fields: fields.filter(({ before: from, after }) => JSON.stringify(from) !== JSON.stringify(after)) };
}

/** Of a new record, what is empty or off is what one would expect anyway. */
function saysSomething(value: Json): boolean {
  return value !== null && value !== false && value !== '' && !(Array.isArray(value) && value.length === 0);
}

function own(data: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(data, name) ? data[name] : undefined;
}
