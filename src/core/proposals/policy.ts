import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import type { FieldIssue } from '../modules/field-issues.ts';
import type { Tool } from '../modules/module.ts';
import type { Registry } from '../modules/registry.ts';

/**
 * What may happen with a tool that an AI actor wants to use: `auto` runs at once, `propose` asks the person,
 * `deny` hides it from the planner and makes a plan that names it invalid.
 */
export const policySchema = z.enum(['auto', 'propose', 'deny']);
export type Policy = z.infer<typeof policySchema>;

/** The person's settings: the data of the record `ai/aiPolicy/policy`, one field per tool. Undefined before the first. */
export type PolicyData = JsonObject | undefined;

/** The policy that holds for a tool: the person's setting, or the tool's own where there is none that makes sense. */
export function toolPolicy(tool: Tool, policyData: PolicyData): Policy {
  if (!policyData || !Object.hasOwn(policyData, tool.name)) return tool.policy;
  const setting = policySchema.safeParse(policyData[tool.name]);
  return setting.success && isPolicyFor(tool, setting.data) ? setting.data : tool.policy;
}

/** The tools that the planner may see and use: all but the denied ones. */
export function allowedTools(registry: Registry, policyData: PolicyData): Tool[] {
  return registry.tools.filter((tool) => toolPolicy(tool, policyData) !== 'deny');
}

export type PolicyValidation = { ok: true; data: Record<string, Policy> } | { ok: false; issues: FieldIssue[] };

/** Checks settings before they are stored: an object of tool name -> policy, of tools that exist. Names every wrong field. */
export function validatePolicy(registry: Registry, input: unknown): PolicyValidation {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { ok: false, issues: [{ path: '', message: 'must be an object of tool name to policy' }] };
  }
  const data: Record<string, Policy> = {};
  const issues: FieldIssue[] = [];
  for (const [name, value] of Object.entries(input)) {
    const tool = registry.tool(name);
    const policy = policySchema.safeParse(value);
    if (!tool) issues.push({ path: name, message: `there is no tool "${name}"` });
    else if (!policy.success) issues.push({ path: name, message: 'must be auto, propose or deny' });
    else if (!isPolicyFor(tool, policy.data)) issues.push({ path: name, message: READ_PROPOSED });
    else data[name] = policy.data;
  }
  return issues.length > 0 ? { ok: false, issues } : { ok: true, data };
}

const READ_PROPOSED = 'must be auto or deny: this tool only reads, so there is nothing to propose';

function isPolicyFor(tool: Tool, policy: Policy): boolean {
  return tool.kind === 'write' || policy !== 'propose';
}
