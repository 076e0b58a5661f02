import { calendar } from './calendar.ts';
import { goals } from './goals.ts';
import { missionsModule } from './missions-module.ts';
import type { Collection, Module, Tool } from './module.ts';
import { notes } from './notes.ts';
import { places } from './places.ts';
import { todo } from './todo.ts';

/** Every module by name: the one place that prompt, validation, execution and UI ask. */
export interface Registry {
  modules: readonly Module[];
  /** Every tool of every module, in the order of the modules. */
  tools: readonly Tool[];
  module(appId: string): Module | undefined;
  collection(appId: string, table: string): Collection | undefined;
  tool(name: string): Tool | undefined;
  /** The module whose records a tool reads and changes. */
  moduleOf(toolName: string): Module | undefined;
}

/** Throws when two modules share an appId or two tools a name: a mistake in the program, not in the data. */
export function createRegistry(modules: readonly Module[]): Registry {
  const byAppId = new Map<string, Module>();
  const byTool = new Map<string, { tool: Tool; module: Module }>();
  for (const module of modules) {
    if (byAppId.has(module.appId)) throw new Error(`two modules have the appId "${module.appId}"`);
    byAppId.set(module.appId, module);
    for (const tool of module.tools) {
      const other = byTool.get(tool.name);
      if (other) throw new Error(`the tool "${tool.name}" is in ${other.module.appId} and in ${module.appId}`);
      byTool.set(tool.name, { tool, module });
    }
  }
  return {
    modules: [...modules],
    tools: [...byTool.values()].map(({ tool }) => tool),
    module: (appId) => byAppId.get(appId),
    collection: (appId, table) => {
      const collections = byAppId.get(appId)?.collections ?? {};
      return Object.hasOwn(collections, table) ? collections[table] : undefined;
    },
    tool: (name) => byTool.get(name)?.tool,
    moduleOf: (toolName) => byTool.get(toolName)?.module,
  };
}

export const defaultRegistry = createRegistry([todo, calendar, places, notes, goals, missionsModule]);
