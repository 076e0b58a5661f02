import type { AiChange, ReplicaDatabase } from '../database.ts';

export interface AiChangesQuery {
  /** Of one mission, or of all. */
  missionId?: string;
  /** Of one module, or of all. */
  appId?: string;
  /** Before this position of the log; absent: the newest. */
  before?: number;
  limit: number;
}

/** What AI actors changed, the newest first. */
export function listAiChanges(
  db: ReplicaDatabase,
  { missionId, appId, before = Number.MAX_SAFE_INTEGER, limit }: AiChangesQuery,
): Promise<AiChange[]> {
  const earlier =
    missionId === undefined
      ? db.aiChanges.where('position').below(before)
      : db.aiChanges.where('[missionId+position]').between([missionId, 0], [missionId, before], true, false);
  const ofModule = appId === undefined ? earlier : earlier.filter((change) => change.appId === appId);
  return ofModule.reverse().limit(limit).toArray();
}
