import type { z } from 'zod';
import type { JsonObject } from '../json.ts';
import { missingFieldMessage } from '../modules/field-issues.ts';
import type { Tool, WriteTool } from '../modules/module.ts';
import { cleanCut, cleanText, cutText, headOf, isStorable } from '../text.ts';
import { findJson, MAX_DEPTH } from './find-json.ts';
import { MAX_STEPS, type Plan, type PlanStep, type ReplyFault } from './planner.ts';

/** A longer reply is not looked at. UTF-16 units, as all lengths here. */
export const REPLY_CHARS = 200_000;
export const RATIONALE_CHARS = 2_000;
export const SUMMARY_CHARS = 500;
/** How much of the model's own text a message may quote. */
const QUOTE_CHARS = 80;
/** How many wrong parameters one message names. */
const MAX_ISSUES = 5;

export type ParsedReply = { ok: true; plan: Plan } | Fault;
type Fault = { ok: false; reason: ReplyFault; message: string };
type Checked<T> = { ok: true; value: T } | Fault;

/**
 * Reads a plan out of a model's reply. `tools` are the allowed ones; `denied` names those that exist and that the
 * policy denies. Parameters are kept as the tool's schema gives them back, defaults filled in. Never throws on bad text.
 */
export function parseReply(text: string, tools: Tool[], denied: readonly string[] = []): ParsedReply {
  if (text.length > REPLY_CHARS)
    return fault('reply_shape', `The reply is too long; keep it under ${REPLY_CHARS} characters.`);
  const found = findJson(text, (value) => isObject(value) && stepsOf(value) !== undefined);
  if (!found.ok && found.reason === 'too_deep')
    return fault('reply_shape', `The JSON is nested deeper than ${MAX_DEPTH} levels; make it flat.`);
  if (!found.ok)
    return fault('reply_not_json', 'The reply holds no complete JSON object; answer with one and nothing else.');
  if (!isObject(found.value))
    return fault('reply_shape', 'The reply must be a JSON object with "summary" and "steps".');
  const rawSteps = stepsOf(found.value);
  if (!Array.isArray(rawSteps)) return fault('reply_shape', 'steps: must be an array of steps.');
  if (rawSteps.length === 0) return fault('no_steps', `steps: is empty; plan 1 to ${MAX_STEPS} steps.`);
  if (rawSteps.length > MAX_STEPS)
    return fault('too_many_steps', `steps: has ${rawSteps.length} steps; keep the ${MAX_STEPS} most useful at most.`);

  const steps: PlanStep[] = [];
  for (const [index, rawStep] of rawSteps.entries()) {
    const step = readStep(rawStep, `steps[${index}]`, tools, denied);
    if (!step.ok) return step;
    steps.push(step.value);
  }
  const summary = line(found.value.summary) || cutText(steps.map((step) => step.summary).join('; '), SUMMARY_CHARS);
  return { ok: true, plan: { summary, steps } };
}

function readStep(raw: unknown, path: string, tools: Tool[], denied: readonly string[]): Checked<PlanStep> {
  if (!isObject(raw))
    return fault('reply_shape', `${path}: must be an object with "toolName", "params", "rationale" and "summary".`);
  const found = findTool(raw.toolName, path, tools, denied);
  if (!found.ok) return found;
  const tool = found.value;
  const rationale = typeof raw.rationale === 'string' ? cleanText(raw.rationale).trim() : '';
  if (rationale === '')
    return fault('rationale_missing', `${path}.rationale: say in a sentence why this step serves the mission.`);
  const checked = checkParams(raw.params ?? {}, `${path}.params`, tool);
  if (!checked.ok) return checked;
  return {
    ok: true,
    value: {
      toolName: tool.name,
      params: checked.value,
      rationale: cutText(rationale, RATIONALE_CHARS),
      summary: line(raw.summary) || line(tool.summarise(checked.value)) || tool.name,
    },
  };
}

function findTool(name: unknown, path: string, tools: Tool[], denied: readonly string[]): Checked<WriteTool> {
  const writes = tools.filter((tool) => tool.kind === 'write');
  const mend = `use one of: ${writes.map((tool) => tool.name).join(', ')}.`;
  if (typeof name !== 'string') return fault('reply_shape', `${path}.toolName: must be the name of a tool; ${mend}`);
  if (denied.includes(name))
    return fault('denied_tool', `${path}.toolName: the person's policy denies ${name}; ${mend}`);
  if (tools.some((tool) => tool.kind === 'read' && tool.name === name))
    return fault(
      'unknown_tool',
      `${path}.toolName: ${name} only reads and is called while planning, not a step; ${mend}`,
    );
  const tool = writes.find((candidate) => candidate.name === name);
  return tool
    ? { ok: true, value: tool }
    : fault('unknown_tool', `${path}.toolName: there is no tool ${quote(name)}; ${mend}`);
}

function checkParams(raw: unknown, path: string, tool: WriteTool): Checked<JsonObject> {
  if (!isObject(raw))
    return fault('invalid_params', `${path}: must be an object that fits the schema of ${tool.name}.`);
  const unstorable = findUnstorable(raw, path);
  if (unstorable) return fault('invalid_params', unstorable);
  const parsed = tool.parameters.safeParse(raw, { error: missingFieldMessage });
  if (!parsed.success) return fault('invalid_params', describeIssues(parsed.error, path));
  return { ok: true, value: parsed.data as JsonObject };
}

/** What JSON can spell and Postgres cannot hold: NUL, half surrogate pairs, numbers beyond double. */
function findUnstorable(value: unknown, path: string): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return `${path}: the number is too large.`;
  if (typeof value === 'string' && !isStorable(value))
    return `${path}: holds a NUL character or half a surrogate pair; leave it out.`;
  if (Array.isArray(value))
    return firstOf(value.entries(), ([index, item]) => findUnstorable(item, `${path}[${index}]`));
  if (!isObject(value)) return undefined;
  return firstOf(Object.entries(value), ([key, item]) =>
    isStorable(key)
      ? findUnstorable(item, `${path}.${quoteKey(key)}`)
      : `${path}: has a key with a NUL character or half a surrogate pair.`,
  );
}

function firstOf<T>(items: Iterable<T>, find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function describeIssues(error: z.ZodError, path: string): string {
  const lines = error.issues
    .slice(0, MAX_ISSUES)
    .map((issue) => `${path}${issue.path.map(pathPart).join('')}: ${cleanCut(issue.message, 2 * QUOTE_CHARS)}`);
  const more = error.issues.length - lines.length;
  return lines.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

function pathPart(part: PropertyKey): string {
  return typeof part === 'number' ? `[${part}]` : `.${quoteKey(String(part))}`;
}

function quoteKey(key: string): string {
  return cleanCut(key, QUOTE_CHARS);
}

function quote(text: string): string {
  return JSON.stringify(cleanCut(text, QUOTE_CHARS));
}

/** One line of the model's text for a card; empty when it is not text. */
function line(value: unknown): string {
  if (typeof value !== 'string') return '';
  return cutText(
    cleanText(headOf(value, 4 * SUMMARY_CHARS))
      .replace(/\s+/g, ' ')
      .trim(),
    SUMMARY_CHARS,
  );
}

function stepsOf(reply: Record<string, unknown>): unknown {
  return reply.steps ?? reply.plan ?? undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fault(reason: ReplyFault, message: string): Fault {
  return { ok: false, reason, message };
}
