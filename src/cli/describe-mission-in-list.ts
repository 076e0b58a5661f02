import pc from 'picocolors';
import type { MissionSummary } from '../missions/mission-view.ts';
import { describeText } from './describe.ts';
import { describePlanning } from './describe-planning.ts';

/** A mission in a list, for a person: its state, and how far planning it is. */
export function describeMissionInList(mission: MissionSummary): string {
  const { id, title, state, latestIteration, pendingProposals } = mission;
  const open = pendingProposals > 0 ? `, ${pendingProposals} to decide` : '';
  return `${pc.bold(describeText(title))}  ${id}\n  ${state}, ${describePlanning(mission, latestIteration)}${open}`;
}
