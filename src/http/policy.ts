import { z } from '@hono/zod-openapi';
import { sql } from 'drizzle-orm';
import type { JsonObject } from '../core/json.ts';
import { USER } from '../core/log/actor.ts';
import { POLICY_RECORD_ID } from '../core/modules/missions-module.ts';
import type { Registry } from '../core/modules/registry.ts';
import { policySchema, toolPolicy, validatePolicy } from '../core/proposals/policy.ts';
import { appendChanges } from '../database/append-changes.ts';
import { type Transaction, withUser } from '../database/database.ts';
import { readRecord } from '../database/read-records.ts';
import type { App, AppDeps } from './app.ts';
import { userOperation } from './operation.ts';
import { invalidRequest, Problem } from './problem.ts';

const TAG = 'Policy';

const Policy = z
  .object({
    tools: z.array(
      z.object({
        name: z.string(),
        module: z.string(),
        kind: z.enum(['read', 'write']),
        description: z.string(),
        policy: policySchema,
        default: policySchema,
      }),
    ),
  })
  .openapi('Policy');

const settings = z
  .custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  )
  .openapi({ type: 'object', additionalProperties: { type: 'string', enum: policySchema.options } });

export function policyRoutes(app: App, deps: AppDeps): void {
  const { db, registry } = deps;

  userOperation(
    app,
    deps,
    {
      method: 'get',
      path: '/api/policy',
      tag: TAG,
      summary: 'What the planner may do with each tool',
      responses: { 200: { description: 'Every tool', schema: Policy } },
    },
    async (c, { userId }) => c.json(await withUser(db, userId, (tx) => readPolicy(tx, registry))),
  );

  userOperation(
    app,
    deps,
    {
      method: 'put',
      path: '/api/policy',
      tag: TAG,
      summary: 'Set the policy of tools by name; those not named stay as they are',
      body: settings,
      responses: { 200: { description: 'Every tool', schema: Policy } },
      problems: ['unknown_tool'],
    },
    async (c, { userId, body }) => {
      const valid = validatePolicy(registry, body);
      if (!valid.ok) {
        const unknown = Object.keys(body).filter((name) => !registry.tool(name));
        if (unknown.length === 0) throw invalidRequest(valid.issues);
        const detail = `there is no tool ${unknown.slice(0, 3).join(', ')}; GET /api/policy lists them`;
        throw new Problem('unknown_tool', detail, { errors: valid.issues });
      }
      const policy = await withUser(db, userId, async (tx) => {
        await writePolicy(tx, userId, valid.data);
        return readPolicy(tx, registry);
      });
      return c.json(policy);
    },
  );
}

async function readPolicy(tx: Transaction, registry: Registry): Promise<z.infer<typeof Policy>> {
  const record = await readRecord(tx, 'ai', 'aiPolicy', POLICY_RECORD_ID);
  const data = record?.deletedAt ? undefined : record?.data;
  return {
    tools: registry.tools.map((tool) => ({
      name: tool.name,
      module: registry.moduleOf(tool.name)?.appId ?? '',
      kind: tool.kind,
      description: tool.description,
      policy: toolPolicy(tool, data),
      default: tool.policy,
    })),
  };
}

async function writePolicy(tx: Transaction, userId: string, settings: JsonObject): Promise<void> {
  if (Object.keys(settings).length === 0) return;
  await tx.query(sql`select lock_log()`);
  const record = await readRecord(tx, 'ai', 'aiPolicy', POLICY_RECORD_ID);
  // Where the policy was deleted, its old settings must not come back with the new ones.
  const cleared = record?.deletedAt ? Object.fromEntries(Object.keys(record.data).map((name) => [name, null])) : {};
  await appendChanges(tx, userId, [
    {
      appId: 'ai',
      tableName: 'aiPolicy',
      recordId: POLICY_RECORD_ID,
      op: record && !record.deletedAt ? 'update' : 'insert',
      data: { ...cleared, ...settings },
      actor: USER,
    },
  ]);
}
