import { textOr } from '../../../core/tolerant.ts';
import type { RecordRow } from '../../replica/database.ts';

export interface MissionGroup {
  /** The mission's id. */
  id: string;
  proposals: RecordRow[];
}

/** Proposals by the mission that makes them, in the order of the first of each; within a mission as they come. */
export function groupByMission(proposals: readonly RecordRow[]): MissionGroup[] {
  const groups = new Map<string, RecordRow[]>();
  for (const proposal of proposals) {
    const missionId = textOr(proposal.data.missionId, '');
    const group = groups.get(missionId);
    if (group) group.push(proposal);
    else groups.set(missionId, [proposal]);
  }
  return [...groups].map(([id, of]) => ({ id, proposals: of }));
}
