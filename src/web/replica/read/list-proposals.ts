import type { ReplicaDatabase } from '../database.ts';
import { type ReplicaRecord, sortedByMaking, toRecord } from './list-records.ts';

/** The proposals that can be decided at a time, oldest first; of one module or of all. */
export async function listPendingProposals(db: ReplicaDatabase, now: Date, appId?: string): Promise<ReplicaRecord[]> {
  const rows = await db.records.where('[appId+table+status]').equals(['ai', 'aiProposals', 'pending']).toArray();
  const open = rows.filter(
    ({ data }) =>
      (appId === undefined || data.appId === appId) &&
      // Whether or not a sweep has recorded that it is over.
      !(typeof data.expiresAt === 'string' && Date.parse(data.expiresAt) <= now.getTime()),
  );
  return sortedByMaking(open).map(toRecord);
}

/** All proposals of a mission, decided or not, oldest first. */
export function listProposalsOf(db: ReplicaDatabase, missionId: string): Promise<ReplicaRecord[]> {
  return listOfMission(db, 'aiProposals', missionId);
}

/** The iterations of a mission, oldest first. */
export function listIterationsOf(db: ReplicaDatabase, missionId: string): Promise<ReplicaRecord[]> {
  return listOfMission(db, 'aiIterations', missionId);
}

async function listOfMission(db: ReplicaDatabase, table: string, missionId: string): Promise<ReplicaRecord[]> {
  const rows = await db.records.where('[appId+table+missionId]').equals(['ai', table, missionId]).toArray();
  return sortedByMaking(rows).map(toRecord);
}
