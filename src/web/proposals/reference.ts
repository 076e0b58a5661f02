import type { JsonObject } from '../../core/json.ts';
import type { Registry } from '../../core/modules/registry.ts';
import type { RecordRef } from '../replica/database.ts';
import type { Replica } from '../replica/open-replica.ts';

export interface Reference extends RecordRef {
  /** The parameter that holds the id. */
  param: string;
}

/** The record that a tool is to work on, named by one of its parameters; undefined where it names none. */
export function referenceOf(registry: Registry, toolName: string, params: JsonObject): Reference | undefined {
  const tool = registry.tool(toolName);
  const parsed = tool?.parameters.safeParse(params);
  if (!tool || !parsed?.success) return undefined;
  for (const { table, id } of tool.needs(parsed.data)) {
    const param = id === undefined ? undefined : Object.keys(params).find((name) => params[name] === id);
    if (id !== undefined && param !== undefined) {
      return { appId: registry.moduleOf(toolName)?.appId ?? '', table, id, param };
    }
  }
  return undefined;
}

/** The records that the parameter may name instead, for a form. */
export async function loadReference(
  replica: Pick<Replica, 'listRecords'>,
  registry: Registry,
  { toolName, params }: { toolName: string; params: JsonObject },
): Promise<{ param: string; options: { value: string; label: string }[] } | undefined> {
  const reference = referenceOf(registry, toolName, params);
  if (!reference) return undefined;
  const { appId, table, id, param } = reference;
  const label = registry.collection(appId, table)?.label ?? ((record: { id: string }) => record.id);
  const options = (await replica.listRecords(appId, table)).map((record) => ({
    value: record.id,
    label: label(record),
  }));
  // A record that is gone is still what stands there.
  if (!options.some(({ value }) => value === id)) options.unshift({ value: id, label: id });
  return { param, options };
}
