import type { PlanWant } from '../../../core/missions/plan-wanted.ts';
import type { RecordRow } from '../../replica/database.ts';
import type { Replica } from '../../replica/open-replica.ts';
import { cadenceOf, findWant } from '../missions/list-missions.ts';

/** All that the page of a mission shows. */
export interface MissionPageData {
  record: RecordRow;
  /** Oldest first. */
  iterations: RecordRow[];
  proposals: RecordRow[];
  want: PlanWant | null;
  /** When the newest iteration ended; null before the first, and where its cadence rests. */
  cadenceFrom: Date | null;
  isQuarantined: boolean;
}

/** Null where there is no such mission. */
export async function readMissionPage(replica: Replica, id: string): Promise<MissionPageData | null> {
  const [record, iterations, proposals] = await Promise.all([
    replica.getRecord('ai', 'aiMissions', id),
    replica.listIterationsOf(id),
    replica.listProposalsOf(id),
  ]);
  if (!record) return null;
  const want = await findWant(replica, record, iterations);
  return { record, iterations, proposals, want, ...cadenceOf(iterations.at(-1)) };
}
