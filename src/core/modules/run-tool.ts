import type { JsonObject } from '../json.ts';
import { type FieldIssue, fieldIssues, missingFieldMessage } from './field-issues.ts';
import type { Effect, Need, ToolContext, ToolRefusal, WriteTool } from './module.ts';
import type { Registry } from './registry.ts';
import { validateRecord } from './validate-record.ts';

export type ToolRun =
  /** The parameters as the tool's schema completes them, and what it changes in its module. */
  { ok: true; appId: string; params: JsonObject; effects: Effect[] } | RefusedRun;

export interface RefusedRun {
  ok: false;
  reason: 'invalid_params' | 'effect_refused';
  /** Of `effect_refused`: why the tool has no effect; absent where it would have one that is not valid. */
  refusal?: ToolRefusal;
  message: string;
  issues: FieldIssue[];
}

/** What a tool is to run with, checked, and the records of its module that it must see. */
export interface PreparedTool {
  ok: true;
  tool: WriteTool;
  appId: string;
  params: JsonObject;
  needs: Need[];
}

export interface ToolRunContext {
  now: Date;
  /** The mission's. */
  timeZone: string;
  /** The ids of the records that the tool creates are derived from it. */
  proposalId: string;
}

/** The records that a tool needs to see. */
export type SeenRecords = Pick<ToolContext, 'find' | 'list'>;

/**
 * Works out what a write tool changes when a proposal is approved: on the service to do it, on a replica to show it before
 * the service has. Writes nothing. `read` reads the records that the tool needs to see.
 */
export async function runTool(
  registry: Registry,
  tool: WriteTool,
  params: JsonObject,
  { read, ...context }: ToolRunContext & { read(appId: string, needs: Need[]): Promise<SeenRecords> },
): Promise<ToolRun> {
  const prepared = prepareTool(registry, tool, params);
  return prepared.ok ? applyTool(registry, prepared, context, await read(prepared.appId, prepared.needs)) : prepared;
}

/** The first half of `runTool`, for who must read the records without another promise in between. */
export function prepareTool(registry: Registry, tool: WriteTool, params: JsonObject): PreparedTool | RefusedRun {
  const parsed = tool.parameters.safeParse(params, { error: missingFieldMessage });
  if (!parsed.success) {
    const issues = fieldIssues(parsed.error.issues).map((issue) => ({ ...issue, path: `params.${issue.path}` }));
    return { ok: false, reason: 'invalid_params', message: `the parameters of ${tool.name} are not valid`, issues };
  }
  const appId = registry.moduleOf(tool.name)?.appId ?? '';
  return { ok: true, tool, appId, params: parsed.data as JsonObject, needs: tool.needs(parsed.data) };
}

/** The second half of `runTool`. */
export function applyTool(
  registry: Registry,
  { tool, appId, params }: PreparedTool,
  { now, timeZone, proposalId }: ToolRunContext,
  records: SeenRecords,
): ToolRun {
  const newId = (n = 0) => (n === 0 ? proposalId : `${proposalId}-${n}`);
  const applied = tool.apply(params, { now, timeZone, newId, ...records });
  if (!applied.ok) {
    return { ok: false, reason: 'effect_refused', refusal: applied.reason, message: applied.message, issues: [] };
  }
  for (const { tableName, op, data } of applied.effects) {
    const valid = validateRecord(registry, appId, tableName, data, { partial: op !== 'insert' });
    if (!valid.ok) {
      const message = `${tool.name} would make an invalid record`;
      return { ok: false, reason: 'effect_refused', message, issues: valid.issues };
    }
  }
  return { ok: true, appId, params, effects: applied.effects };
}
