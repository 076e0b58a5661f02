import type { JsonObject } from '../core/json.ts';
import type { Effect, WriteTool } from '../core/modules/module.ts';
import type { Registry } from '../core/modules/registry.ts';
import { runTool as runToolOn, type ToolRun, type ToolRunContext } from '../core/modules/run-tool.ts';
import type { Transaction } from '../database/database.ts';
import { readNeeds } from '../database/read-records.ts';

/** Works out what a write tool would change, on the person's records as they stand in this transaction. Writes nothing. */
export function runTool(
  tx: Transaction,
  registry: Registry,
  tool: WriteTool,
  params: JsonObject,
  {
    before,
    ...context
  }: ToolRunContext & {
    /** Effects in the same module that are decided but not stored yet. */
    before?: Effect[];
  },
): Promise<ToolRun> {
  return runToolOn(registry, tool, params, {
    ...context,
    read: (appId, needs) => readNeeds(tx, appId, needs, before),
  });
}
