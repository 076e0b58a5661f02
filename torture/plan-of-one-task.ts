import { type Attempt, stagePlan } from '../src/core/planning/stage.ts';
import { actionHash } from '../src/decisions/action-hash.ts';
import type { Claim } from '../src/runner/claim.ts';
import type { WriteBack } from '../src/runner/record-plans.ts';

const STEP = {
  toolName: 'create_task',
  params: { title: 'Buy milk' },
  rationale: 'because',
  summary: 'Create a task',
};
/** Names what is shown of its one step. */
export const STEP_HASH = actionHash(STEP.toolName, STEP.params);

/** What a runner writes back for a claim: a plan with one step, to buy milk. */
export function planOfOneTask(claim: Claim): WriteBack {
  const attempt: Attempt = {
    missionId: claim.missionId,
    want: claim.want,
    model: 'x',
    startedAt: new Date('2026-03-01T10:00:00.000Z'),
    finishedAt: new Date('2998-12-18T00:00:00.000Z'),
    sawPosition: claim.position,
    reads: [],
    causedBy: [],
    modelCalls: 1,
    inputTokens: 1,
    outputTokens: 1,
  };
  const staged = { ...STEP, appId: 'todo', hash: STEP_HASH };
  return {
    claim,
    changes: stagePlan(attempt, { summary: 'a plan', steps: [STEP] }, [staged]),
    failed: false,
    nextRunAt: null,
  };
}
