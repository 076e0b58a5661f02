import type { JsonObject } from '../core/json.ts';
import { POLICY_RECORD_ID } from '../core/modules/missions-module.ts';
import { type PlanMaterial, pastStep } from '../core/planning/plan-request.ts';
import type { PastStep } from '../core/planning/planner.ts';
import type { LogState } from '../log/past/state-at.ts';

/** The iterations that a planner is told of. */
const ITERATIONS = 3;

/**
 * What a claim would have read at that state of the log, as claim_missions in db/functions reads it now; undefined when
 * there was no such mission then.
 */
export function materialAt(
  state: LogState,
  missionId: string,
): { material: PlanMaterial; decidedSteps: PastStep[] } | undefined {
  const mission = state.find('ai', 'aiMissions', missionId);
  if (!mission) return undefined;
  const proposals = state.list('ai', 'aiProposals').filter(({ data }) => data.missionId === missionId);
  const iterations = state
    .list('ai', 'aiIterations')
    .filter(({ data }) => data.missionId === missionId)
    .reverse()
    .slice(0, ITERATIONS)
    .map(({ id, data }) => ({
      id,
      data,
      proposals: proposals
        .filter((proposal) => proposal.data.iterationId === id)
        .map((p) => ({ id: p.id, data: p.data })),
    }));
  const policy = state.find('ai', 'aiPolicy', POLICY_RECORD_ID);
  const decided = proposals.filter(({ data }) => data.status === 'approved' || data.status === 'rejected');
  return {
    material: {
      missionId,
      mission: mission.data,
      iterations,
      inputs: inputsOf(mission.data).map((ref) => readInput(state, ref)),
      policy: policy && policy.deletedAt === null ? policy.data : {},
    },
    decidedSteps: decided.reverse().map(({ data }) => pastStep(data)),
  };
}

function readInput(state: LogState, { appId, table, id }: JsonObject): PlanMaterial['inputs'][number] {
  const ref = { appId: text(appId), table: text(table), id: text(id) };
  const record = state.find(ref.appId ?? '', ref.table ?? '', ref.id ?? '');
  return { ...ref, data: record && record.deletedAt === null ? record.data : null };
}

function inputsOf({ inputs }: JsonObject): JsonObject[] {
  return Array.isArray(inputs)
    ? inputs.map((ref) => (typeof ref === 'object' && ref !== null ? (ref as JsonObject) : {}))
    : [];
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
