import type { JsonObject } from '../../core/json.ts';
import type { FieldIssue } from '../../core/modules/field-issues.ts';
import type { Need, RecordView, ToolRefusal, WriteTool } from '../../core/modules/module.ts';
import type { Registry } from '../../core/modules/registry.ts';
import { runTool } from '../../core/modules/run-tool.ts';
import type { Replica } from '../replica/open-replica.ts';

export type Saved =
  | { ok: true }
  /** Nothing is stored. The paths of the issues begin with the field. */
  | {
      ok: false;
      reason: 'invalid_params' | 'effect_refused' | 'invalid' | 'storage_full';
      /** Of `effect_refused`: why the tool has no effect. */
      refusal?: ToolRefusal;
      message: string;
      issues: FieldIssue[];
    };

export interface Deed {
  registry: Registry;
  /** The id of the record that is made, if one is. */
  id: string;
  now: Date;
  timeZone: string;
}

/**
 * Does by the person's own hand what a tool does for a mission: the same checks, defaults and effects, and one meaning of
 * each deed. What it changes is written as the person's.
 */
export async function doAsTool(
  replica: Pick<Replica, 'write' | 'listRecords' | 'getRecord'>,
  toolName: string,
  params: JsonObject,
  { registry, id, now, timeZone }: Deed,
): Promise<Saved> {
  const tool = registry.tool(toolName);
  if (tool?.kind !== 'write') throw new Error(`there is no tool "${toolName}" that changes records`);
  const run = await runTool(registry, tool as WriteTool, params, {
    ...{ now, timeZone, proposalId: id },
    read: (appId, needs) => readNeeds(replica, appId, needs),
  });
  if (!run.ok) {
    const issues = run.issues.map(({ path, message }) => ({ path: path.replace(/^params\./, ''), message }));
    return { ...run, issues };
  }
  return toSaved(
    await replica.write(
      ...run.effects.map(({ tableName, recordId, op, data }) => {
        const ref = { appId: run.appId, table: tableName, id: recordId };
        return op === 'delete' ? { ...ref, op } : { ...ref, op, data };
      }),
    ),
  );
}

/** What came of a write, in the same terms. */
export function toSaved(result: Awaited<ReturnType<Replica['write']>>): Saved {
  if (result.ok) return result;
  if (result.reason === 'storage_full') return { ...result, message: '', issues: [] };
  return { ...result, message: result.issues[0]?.message ?? '' };
}

async function readNeeds(replica: Pick<Replica, 'listRecords' | 'getRecord'>, appId: string, needs: Need[]) {
  const tables = new Map<string, RecordView[]>();
  for (const { table, id } of needs) {
    const found =
      id === undefined ? await replica.listRecords(appId, table) : [await replica.getRecord(appId, table, id)];
    const records = found.filter((record) => record !== undefined);
    tables.set(table, [...(tables.get(table) ?? []), ...records]);
  }
  return {
    find: (table: string, id: string) => tables.get(table)?.find((record) => record.id === id),
    list: (table: string) => tables.get(table) ?? [],
  };
}
