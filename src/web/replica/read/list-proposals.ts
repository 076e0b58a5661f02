import type { RecordRow, ReplicaDatabase } from '../database.ts';
import { sortedByMaking } from './list-records.ts';

/** The proposals that can be decided at a time, oldest first; of one module or of all. */
export async function listPendingProposals(db: ReplicaDatabase, now: Date, appId?: string): Promise<RecordRow[]> {
  const rows = await db.records.where('[appId+table+status]').equals(['ai', 'aiProposals', 'pending']).toArray();
  const open = rows.filter(
    ({ data }) =>
      (appId === undefined || data.appId === appId) &&
      // Whether or not a sweep has recorded that it is over.
      !(typeof data.expiresAt === 'string' && Date.parse(data.expiresAt) <= now.getTime()),
  );
  return sortedByMaking(open);
}

/** All proposals of a mission, decided or not, oldest first. */
export function listProposalsOf(db: ReplicaDatabase, missionId: string): Promise<RecordRow[]> {
  return listOfMission(db, 'aiProposals', missionId);
}

/** The iterations of a mission, oldest first. */
export function listIterationsOf(db: ReplicaDatabase, missionId: string): Promise<RecordRow[]> {
  return listOfMission(db, 'aiIterations', missionId);
}

async function listOfMission(db: ReplicaDatabase, table: string, missionId: string): Promise<RecordRow[]> {
  const rows = await db.records.where('[appId+table+missionId]').equals(['ai', table, missionId]).toArray();
  return sortedByMaking(rows);
}
