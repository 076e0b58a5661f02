import type { PlanWant, WantReason } from '../../../core/missions/plan-wanted.ts';
import { expectedRun } from './expected-run.ts';
import type { MissionFacts } from './read-mission.ts';

/** A plan that is to be made: one that was wanted, or one whose time has come. */
export interface WaitingPlan {
  missionId: string;
  reason: WantReason | 'due';
  since: Date;
  /** Whether the service has what wants the plan. */
  isSent: boolean;
  /** Another want, or another cap of the person's own, another key. */
  key: string;
}

/** The plan of a mission that waits; null: none does. */
export function waitingPlan(
  mission: MissionFacts,
  { want, cadenceFrom }: { want: PlanWant | null; cadenceFrom: Date | null },
  now: Date,
): WaitingPlan | null {
  const missionId = mission.id;
  if (want) {
    const { reason, position, updatedAt } = want;
    const key = `${reason} ${position} ${mission.dailyTokens}`;
    return { missionId, reason, since: new Date(updatedAt), isSent: position !== null, key };
  }
  const due = expectedRun(mission, cadenceFrom);
  if (!due || due > now) return null;
  return { missionId, reason: 'due', since: due, isSent: true, key: `due ${due.toISOString()} ${mission.dailyTokens}` };
}
