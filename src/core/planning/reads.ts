import type { Json, JsonObject } from '../json.ts';
import type { ReadTool } from '../modules/module.ts';
import type { Registry } from '../modules/registry.ts';
import { objectOr, objectsIn } from '../tolerant.ts';

/**
 * A record that a planner was shown, and the fields whose values it could see. Of a record that it was told is not there,
 * `deletedAt` is all that it saw. `sawPosition`: where it was read later than the rest, by a read tool.
 */
export interface Read {
  appId: string;
  table: string;
  id: string;
  fields: string[];
  sawPosition?: number;
}

/** What a linked input shows of its record; null for one that names no record, and for the mission itself. */
export function inputRead(
  registry: Registry,
  missionId: string,
  input: { appId: string | null; table: string | null; id: string | null; data: JsonObject | null },
): Read | null {
  const { appId, table, id, data } = input;
  if (!appId || !table || !id) return null;
  if (appId === 'ai' && table === 'aiMissions' && id === missionId) return null;
  const shown = data === null ? ['deletedAt'] : (registry.collection(appId, table)?.shows ?? Object.keys(data));
  return { appId, table, id, fields: [...shown] };
}

/** What the answer of a read tool shows: the records that it lists, each by its id. */
export function toolReads(appId: string, tool: ReadTool, answer: Json, sawPosition: number): Read[] {
  return Object.entries(tool.shows).flatMap(([table, fields]) =>
    objectsIn(objectOr<JsonObject>(answer, {})[table]).flatMap(({ id }) =>
      typeof id === 'string' ? [{ appId, table, id, fields: [...fields], sawPosition }] : [],
    ),
  );
}

/** One read for each record: all the fields, as of when it was read first, which is what a later change makes outdated. */
export function mergeReads(reads: readonly Read[]): Read[] {
  const merged = new Map<string, Read>();
  for (const read of reads) {
    const key = JSON.stringify([read.appId, read.table, read.id]);
    const held = merged.get(key);
    merged.set(key, held ? { ...held, fields: [...new Set([...held.fields, ...read.fields])] } : read);
  }
  return [...merged.values()];
}

/** The reads that an iteration's record holds, whoever wrote it; null where it recorded none, not even an empty list. */
export function readsOf(iteration: JsonObject): Read[] | null {
  if (!Array.isArray(iteration.reads)) return null;
  return objectsIn(iteration.reads).flatMap(({ appId, table, id, fields, sawPosition }) => {
    if (typeof appId !== 'string' || typeof table !== 'string' || typeof id !== 'string') return [];
    const names = Array.isArray(fields) ? fields.filter((field) => typeof field === 'string') : [];
    return [{ appId, table, id, fields: names, ...(isPosition(sawPosition) ? { sawPosition } : {}) }];
  });
}

function isPosition(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}
