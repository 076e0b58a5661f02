import { sql } from 'drizzle-orm';
import type { JsonObject } from '../../core/json.ts';
import { type HeldMission, mendMission } from '../../core/log/mend-mission.ts';
import { type Database, operatorSession } from '../../database/database.ts';
import { jsonb } from '../../database/statement.ts';
import { compareMissions } from './compare-missions.ts';
import { comparePlanReads } from './compare-plan-reads.ts';
import type { Difference } from './difference.ts';
import { Findings } from './findings.ts';
import { type MissionsSnapshot, readMissionsSnapshot, readMissionsTail } from './missions-snapshot.ts';
import type { RebuildOptions } from './rebuild-user.ts';

/**
 * Holds the projections of missions (`missions`, `plan_reads`) against the log, and mends what differs unless it is a dry run.
 */
export async function rebuildMissions(
  db: Database,
  userId: string,
  { isDryRun, checkInterrupt }: RebuildOptions,
): Promise<{ missions: number; found: Findings<Difference> }> {
  const found = new Findings<Difference>();
  const snapshot = await readMissionsSnapshot(db, operatorSession(userId), checkInterrupt);
  const differing = compareMissions(snapshot, found);
  if (differing.size > 0 && !isDryRun) await mend(db, userId, snapshot, [...differing.keys()]);
  const reads = await comparePlanReads(db, userId);
  found.addAll(reads);
  if (reads.count > 0 && !isDryRun) await db.run(operatorSession(userId), sql`select refold_plan_reads()`);
  return { missions: [...snapshot.replay.ids()].length, found };
}

/** Under the log's lock, and that of the rows: the runner changes these without the former. */
async function mend(db: Database, userId: string, { replay, head, now }: MissionsSnapshot, ids: string[]) {
  await db.transaction(operatorSession(userId), async (tx) => {
    const rows = await tx.query<{ row: HeldMission }>(
      sql`select to_jsonb(m) as row from lock_missions(${jsonb(ids)}) m`,
    );
    const held = new Map(rows.map(({ row }) => [String(row.mission_id), row]));
    for (const change of await readMissionsTail(tx, head)) replay.fold(change);
    const mended: JsonObject[] = [];
    const phantoms: string[] = [];
    for (const id of ids) {
      const expected = replay.rowOf(id, now);
      const made = { user_id: userId, mission_id: id, want_causes: [], lapses: 0, reserved: 0, spent_tokens: 0 };
      if (expected) mended.push({ ...made, ...mendMission(held.get(id), expected, now) });
      else phantoms.push(id);
    }
    await tx.query(sql`select mend_missions(${jsonb(mended)}, ${jsonb(phantoms)})`);
  });
}
