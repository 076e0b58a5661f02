import type { Json, JsonObject } from '../json.ts';

/** A step as it is staged: what its proposal is made from. */
export interface ComparableStep {
  toolName: string;
  params: JsonObject;
  rationale: string;
  summary: string;
  /** Of exactly what would run. */
  hash: string;
}

/** What became of the attempt: a plan, or the reason why there is none. */
export type ComparablePlan =
  | { ok: true; summary: string; steps: ComparableStep[] }
  | { ok: false; reason: string; message: string };

/** One value that is another one now. `path`: dotted, such as `params.title`; absent values are null. */
export interface ValueDifference {
  path: string;
  before: Json;
  after: Json;
}

export interface StepDifference {
  /** Its place in the plan, from 0. Proposals get their ids from it, so steps are compared place by place. */
  index: number;
  status: 'same' | 'changed' | 'gone' | 'new';
  toolName: string;
  summary: string;
  differences: ValueDifference[];
}

export interface PlanDifference {
  same: boolean;
  /** Of the plan as a whole: its summary, or why there is none. */
  differences: ValueDifference[];
  steps: StepDifference[];
}

/** What is other in one plan than in another, step by step. */
export function comparePlans(before: ComparablePlan, after: ComparablePlan): PlanDifference {
  const [stepsBefore, stepsAfter] = [before, after].map((plan) => (plan.ok ? plan.steps : []));
  const count = Math.max(stepsBefore!.length, stepsAfter!.length);
  const steps = Array.from({ length: count }, (_, index) =>
    compareSteps(index, stepsBefore![index], stepsAfter![index]),
  );
  const differences = differ(about(before), about(after), '');
  return { same: differences.length === 0 && steps.every(({ status }) => status === 'same'), differences, steps };
}

function about(plan: ComparablePlan): JsonObject {
  return plan.ok ? { summary: plan.summary } : { failure: plan.reason, message: plan.message };
}

function compareSteps(index: number, before?: ComparableStep, after?: ComparableStep): StepDifference {
  const { toolName, summary } = (after ?? before)!;
  const told = { index, toolName, summary };
  if (!before) return { ...told, status: 'new', differences: [] };
  if (!after) return { ...told, status: 'gone', differences: [] };
  const differences = differ({ ...before }, { ...after }, '');
  return { ...told, status: differences.length === 0 ? 'same' : 'changed', differences };
}

/** Goes into objects, and takes everything else as one value. */
function differ(before: JsonObject, after: JsonObject, within: string): ValueDifference[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return fields.flatMap((field) => {
    const path = within ? `${within}.${field}` : field;
    const [held, now] = [own(before, field), own(after, field)];
    if (isObject(held) && isObject(now)) return differ(held, now, path);
    return canonical(held) === canonical(now) ? [] : [{ path, before: held, after: now }];
  });
}

function own(object: JsonObject, field: string): Json {
  return Object.hasOwn(object, field) ? (object[field] ?? null) : null;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same text for the same value, whatever the order of its keys. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_, item: Json) =>
    isObject(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}
