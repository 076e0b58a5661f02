import type { JsonObject } from '../json.ts';
import { type Mission, missionSchema } from '../missions/mission.ts';
import { fieldIssues, missingFieldMessage } from '../modules/field-issues.ts';
import type { Registry } from '../modules/registry.ts';
import { allowedTools } from '../proposals/policy.ts';
import type { PastIteration, PastStep, PlanRequest, ResolvedInput } from './planner.ts';
import { fitInputs } from './prompt.ts';
import { inputRead, mergeReads, type Read } from './reads.ts';

/** What was read of a mission and around it, as the log holds it: unvalidated, since any writer may have written it. */
export interface PlanMaterial {
  missionId: string;
  mission: JsonObject;
  iterations: { id: string; data: JsonObject; proposals: { id: string; data: JsonObject }[] }[];
  inputs: { appId: string | null; table: string | null; id: string | null; data: JsonObject | null }[];
  policy: JsonObject;
}

/** Reads a mission as its module declares it; the message names each field that cannot be read. */
export function readMission(
  id: string,
  data: JsonObject,
): { ok: true; mission: Mission } | { ok: false; message: string } {
  const parsed = missionSchema.safeParse(withoutNulls(data), { error: missingFieldMessage });
  if (parsed.success) return { ok: true, mission: { ...parsed.data, id } };
  const issues = fieldIssues(parsed.error.issues).map(({ path, message }) => `${path}: ${message}`);
  return { ok: false, message: `the mission cannot be planned: ${issues.join('; ')}` };
}

/** All that a planner is told. */
export function buildPlanRequest(
  registry: Registry,
  mission: Mission,
  material: PlanMaterial,
  decidedSteps: PastStep[],
  now: Date,
): PlanRequest {
  return {
    mission,
    inputs: material.inputs.map((input) => resolveInput(registry, input)),
    iterations: material.iterations.map(pastIteration),
    decidedSteps,
    tools: allowedTools(registry, material.policy),
    now,
  };
}

/** The linked inputs that the planner is shown, with the fields of each that it can see. */
export function inputReads(registry: Registry, { missionId, inputs }: PlanMaterial, request: PlanRequest): Read[] {
  const shown = inputs.slice(0, fitInputs(request.inputs).length);
  return mergeReads(shown.flatMap((input) => inputRead(registry, missionId, input) ?? []));
}

/** A proposal as a step of the past. */
export function pastStep(data: JsonObject): PastStep {
  return {
    toolName: text(data.toolName),
    params: object(data.decidedParams ?? data.params),
    rationale: text(data.rationale),
    status: text(data.status),
    ...(typeof data.feedback === 'string' ? { feedback: data.feedback } : {}),
  };
}

function pastIteration(iteration: PlanMaterial['iterations'][number]): PastIteration {
  return {
    id: iteration.id,
    startedAt: text(iteration.data.startedAt),
    overallStatus: text(iteration.data.overallStatus),
    ...(typeof iteration.data.feedback === 'string' ? { feedback: iteration.data.feedback } : {}),
    steps: iteration.proposals.map(({ data }) => pastStep(data)),
  };
}

function resolveInput(registry: Registry, input: PlanMaterial['inputs'][number]): ResolvedInput {
  const ref = `${input.appId}/${input.table}/${input.id}`;
  if (input.data === null) return { ref, text: '(this record does not exist or was deleted)' };
  const collection = registry.collection(input.appId ?? '', input.table ?? '');
  const described = collection?.describe({ id: input.id ?? '', data: input.data });
  return { ref, text: described ?? JSON.stringify(input.data) };
}

/** A field that was cleared is null in the log, and absent to the schema. */
function withoutNulls(data: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function object(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
