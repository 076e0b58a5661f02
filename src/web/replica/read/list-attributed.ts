import { latestMission } from '../../../core/sync/latest-mission.ts';
import type { ReplicaDatabase } from '../database.ts';

/**
 * The records of a collection that now hold a value which a mission wrote, each with that mission's id, the latest where
 * there are several. Reads the records that a mission ever touched, and none of the others.
 */
export async function listAttributed(db: ReplicaDatabase, appId: string, table: string): Promise<Map<string, string>> {
  const touched = new Set<string>();
  const ofCollection = db.aiChanges.where('[appId+table+id]').between([appId, table], [appId, table, []]);
  await ofCollection.eachUniqueKey((key) => {
    const [, , id] = key as unknown as [string, string, string];
    touched.add(id);
  });
  const rows = await db.confirmed.bulkGet([...touched].map((id): [string, string, string] => [appId, table, id]));
  const attributed = new Map<string, string>();
  for (const row of rows) {
    const missionId = row?.record.deletedAt === null ? latestMission(row.record) : null;
    if (row && missionId !== null) attributed.set(row.id, missionId);
  }
  return attributed;
}
