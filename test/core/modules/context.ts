import type { JsonObject } from '../../../src/core/json.ts';
import type { ApplyResult, Tool, ToolContext } from '../../../src/core/modules/module.ts';
import { defaultRegistry } from '../../../src/core/modules/registry.ts';

/** The records of one module, by table and id. */
export type Records = Record<string, Record<string, JsonObject>>;

/** A tool's context over the given records, at a fixed moment. */
export function contextOf(records: Records = {}, now = '2026-03-01T12:00:00.000Z', timeZone = 'UTC'): ToolContext {
  const list = (table: string) => Object.entries(records[table] ?? {}).map(([id, data]) => ({ id, data }));
  return {
    now: new Date(now),
    timeZone,
    newId: (n = 0) => `new-${n}`,
    list,
    find: (table, id) => list(table).find((record) => record.id === id),
  };
}

export function toolNamed(name: string): Tool {
  const tool = defaultRegistry.tool(name);
  if (!tool) throw new Error(`no tool ${name}`);
  return tool;
}

/** Parses the parameters and applies a write tool, as an approval does. */
export function apply(name: string, params: JsonObject, context = contextOf()): ApplyResult {
  const tool = toolNamed(name);
  if (tool.kind !== 'write') throw new Error(`${name} is a read tool`);
  return tool.apply(tool.parameters.parse(params), context);
}

/** Parses the parameters and runs a read tool, as the planner does. */
export function read(name: string, params: JsonObject = {}, context = contextOf()): unknown {
  const tool = toolNamed(name);
  if (tool.kind !== 'read') throw new Error(`${name} is a write tool`);
  return tool.read(tool.parameters.parse(params), context);
}

export function accepts(name: string, params: JsonObject): boolean {
  return toolNamed(name).parameters.safeParse(params).success;
}

export function describeRecord(appId: string, table: string, data: JsonObject, id = 'r1'): string | undefined {
  return defaultRegistry.collection(appId, table)?.describe({ id, data });
}
