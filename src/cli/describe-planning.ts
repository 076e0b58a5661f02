import type { MissionSummary, MissionView } from '../missions/mission-view.ts';
import { describeText } from './describe.ts';

type Planning = Pick<MissionView, 'state' | 'planning' | 'nextRunAt' | 'held' | 'modelFault'>;
type Newest = Pick<NonNullable<MissionSummary['latestIteration']>, 'overallStatus' | 'error'> | null | undefined;

/** What whoever runs the service sets a cap with. */
const SETTINGS = {
  userCalls: 'LLM_DAILY_CALLS',
  userTokens: 'LLM_DAILY_TOKENS',
  missionTokens: 'LLM_MISSION_DAILY_TOKENS',
};

/** How far planning a mission is; where something keeps it from being planned: what, until when, and what helps. */
export function describePlanning({ state, planning, nextRunAt, held, modelFault }: Planning, newest: Newest): string {
  if (held) return describeHeld(held);
  if (modelFault) {
    const again = modelFault.retryAt ?? 'as soon as its server answers';
    return `${planning}: no answer from the model at ${modelFault.at} (${modelFault.reason}: ${describeText(modelFault.message)}); asked again ${again}`;
  }
  if (state !== 'active' || planning !== 'idle') return planning;
  if (newest?.error?.reason === 'attempts_exhausted') {
    return `quarantined: ${describeText(newest.error.message)}; edit it or ask for a plan (POST /api/missions/<id>/run)`;
  }
  const next = nextRunAt === null ? '' : `, next ${nextRunAt}`;
  return newest?.error ? `idle${next}; the newest plan failed (${newest.error.reason})` : `idle${next}`;
}

function describeHeld({ cap, limit, spent, reserved, needs, until }: NonNullable<Planning['held']>): string {
  const unit = cap === 'userCalls' ? 'calls' : 'tokens';
  const used = `${spent + reserved} of ${limit} ${unit} of the day are spent or reserved, the next call needs ${needs}`;
  const raise = cap === 'ownTokens' ? "the mission's dailyTokens" : SETTINGS[cap];
  return `held by ${cap}: ${used}; ${needs > limit ? `raise ${raise}` : `until ${until}, or raise ${raise}`}`;
}
