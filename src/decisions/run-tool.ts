import type { JsonObject } from '../core/json.ts';
import { type FieldIssue, fieldIssues, missingFieldMessage } from '../core/modules/field-issues.ts';
import type { Effect, WriteTool } from '../core/modules/module.ts';
import type { Registry } from '../core/modules/registry.ts';
import { validateRecord } from '../core/modules/validate-record.ts';
import type { Transaction } from '../database/database.ts';
import { readNeeds } from '../database/read-records.ts';

export type ToolRun =
  | { ok: true; params: JsonObject; effects: Effect[] }
  | { ok: false; reason: 'invalid_params' | 'effect_refused'; message: string; issues: FieldIssue[] };

/** Works out what a write tool would change, on the person's records as they stand in this transaction. Writes nothing. */
export async function runTool(
  tx: Transaction,
  registry: Registry,
  tool: WriteTool,
  params: JsonObject,
  context: {
    now: Date;
    timeZone: string;
    proposalId: string;
    /** Effects in the same module that are decided but not stored yet. */
    before?: Effect[];
  },
): Promise<ToolRun> {
  const parsed = tool.parameters.safeParse(params, { error: missingFieldMessage });
  if (!parsed.success) {
    const issues = fieldIssues(parsed.error.issues).map((issue) => ({ ...issue, path: `params.${issue.path}` }));
    return { ok: false, reason: 'invalid_params', message: `the parameters of ${tool.name} are not valid`, issues };
  }
  const appId = registry.moduleOf(tool.name)?.appId ?? '';
  const records = await readNeeds(tx, appId, tool.needs(parsed.data), context.before);
  const newId = (n = 0) => (n === 0 ? context.proposalId : `${context.proposalId}-${n}`);
  const applied = tool.apply(parsed.data, { now: context.now, timeZone: context.timeZone, newId, ...records });
  if (!applied.ok) return { ok: false, reason: 'effect_refused', message: applied.message, issues: [] };
  for (const effect of applied.effects) {
    const valid = validateRecord(registry, appId, effect.tableName, effect.data, { partial: effect.op !== 'insert' });
    if (!valid.ok) {
      return {
        ok: false,
        reason: 'effect_refused',
        message: `${tool.name} would make an invalid record`,
        issues: valid.issues,
      };
    }
  }
  return { ok: true, params: parsed.data as JsonObject, effects: applied.effects };
}
