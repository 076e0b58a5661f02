import { sql } from 'drizzle-orm';
import type { JsonObject } from '../core/json.ts';
import { RULE, USER } from '../core/log/actor.ts';
import type { Change, Op } from '../core/log/change.ts';
import { formatStamp } from '../core/log/stamp.ts';
import { nextRun } from '../core/missions/cadence.ts';
import { readMission } from '../core/planning/plan-request.ts';
import { appendChanges } from '../database/append-changes.ts';
import type { Transaction } from '../database/database.ts';
import { readRecord, type StoredRecord } from '../database/read-records.ts';
import { jsonb } from '../database/statement.ts';

/** Creates a mission. False, and nothing is written, when the id was used before, by a deleted mission too. */
export async function createMission(tx: Transaction, userId: string, id: string, fields: JsonObject): Promise<boolean> {
  await tx.query(sql`select lock_log()`);
  if (await readRecord(tx, 'ai', 'aiMissions', id)) return false;
  await append(tx, userId, 'aiMissions', id, 'insert', fields);
  return true;
}

/** Writes the fields given. False when there is no such mission. */
export async function updateMission(tx: Transaction, userId: string, id: string, fields: JsonObject): Promise<boolean> {
  if (!(await lockMission(tx, id))) return false;
  await append(tx, userId, 'aiMissions', id, 'update', fields);
  return true;
}

/** Deletes a mission, and with it what it still proposed. False when there is no such mission. */
export async function deleteMission(tx: Transaction, userId: string, id: string, now: Date): Promise<boolean> {
  if (!(await lockMission(tx, id))) return false;
  await append(tx, userId, 'aiMissions', id, 'delete', {});
  await supersedeOfDeleted(tx, userId, [id], now);
  return true;
}

/** Takes back what missions that are deleted still proposed; of the others among `ids`, nothing. Under the user's log lock. */
export async function supersedeOfDeleted(tx: Transaction, userId: string, ids: string[], now: Date): Promise<void> {
  const pending = await tx.query<{ id: string }>(sql`
    select distinct p.record_id as id
    from jsonb_array_elements_text(${jsonb(ids)}) as asked (mission_id)
    join records m on (m.user_id, m.app_id, m.table_name, m.record_id) = (current_user_id(), 'ai', 'aiMissions', asked.mission_id)
    join records p on p.user_id = current_user_id() and p.app_id = 'ai' and p.table_name = 'aiProposals'
      and p.data ->> 'status' = 'pending' and p.data ->> 'missionId' = asked.mission_id and p.deleted_at is null
    where m.deleted_at is not null`);
  if (pending.length === 0) return;
  const superseded = { status: 'superseded', decidedAt: formatStamp(now) };
  await appendChanges(
    tx,
    userId,
    pending.map((proposal): Change => {
      return {
        appId: 'ai',
        tableName: 'aiProposals',
        recordId: proposal.id,
        op: 'update',
        data: superseded,
        actor: RULE,
      };
    }),
  );
}

export type RunRequest =
  | { ok: true; wanted: number }
  | { ok: false; reason: 'mission_not_found' | 'mission_not_active' };

/** Asks for a plan now. Answers with the number of the want that this raised. */
export async function requestRun(tx: Transaction, userId: string, id: string, now: Date): Promise<RunRequest> {
  const mission = await lockMission(tx, id);
  if (!mission) return { ok: false, reason: 'mission_not_found' };
  if ((mission.data.state ?? 'active') !== 'active') return { ok: false, reason: 'mission_not_active' };
  // It is the change of the field that wants a plan, so two requests in one millisecond must differ.
  const last = typeof mission.data.runRequestedAt === 'string' ? mission.data.runRequestedAt : '';
  const at = now.toISOString() === last ? new Date(now.getTime() + 1).toISOString() : now.toISOString();
  await append(tx, userId, 'aiMissions', id, 'update', { runRequestedAt: at });
  const [row] = await tx.query<{ wanted: number }>(
    sql`select wanted from missions where user_id = current_user_id() and mission_id = ${id}`,
  );
  return { ok: true, wanted: row?.wanted ?? 0 };
}

export type Stop = { ok: true; iterationId: string } | { ok: false; reason: 'mission_not_found' | 'nothing_to_stop' };

/** Gives up the plan that the mission wants; a model that thinks about it is cut short. See db/functions/stop_planning.sql. */
export async function stopPlanning(
  tx: Transaction,
  userId: string,
  id: string,
  { now, databaseNow }: { now: Date; databaseNow: Date | null },
): Promise<Stop> {
  const mission = await lockMission(tx, id);
  if (!mission) return { ok: false, reason: 'mission_not_found' };
  const read = readMission(id, mission.data);
  const next = read.ok ? nextRun(read.mission.cadence, read.mission.timeZone, now) : null;
  const [row] = await tx.query<{ iterationId: string | null }>(
    sql`select stop_planning(${id}, ${next}, ${databaseNow}) as "iterationId"`,
  );
  if (!row?.iterationId) return { ok: false, reason: 'nothing_to_stop' };
  tx.announce(userId);
  return { ok: true, iterationId: row.iterationId };
}

export type Feedback = { ok: true } | { ok: false; reason: 'mission_not_found' | 'iteration_not_found' };

/** The person's words on an iteration as a whole. The mission wants a plan that heeds them. */
export async function giveFeedback(
  tx: Transaction,
  userId: string,
  missionId: string,
  iterationId: string,
  feedback: string,
): Promise<Feedback> {
  if (!(await lockMission(tx, missionId))) return { ok: false, reason: 'mission_not_found' };
  const iteration = await readRecord(tx, 'ai', 'aiIterations', iterationId);
  if (!iteration || iteration.deletedAt || iteration.data.missionId !== missionId) {
    return { ok: false, reason: 'iteration_not_found' };
  }
  await append(tx, userId, 'aiIterations', iterationId, 'update', { feedback });
  return { ok: true };
}

/** The undeleted mission of that id, which nobody else changes until the transaction ends. */
async function lockMission(tx: Transaction, id: string): Promise<StoredRecord | undefined> {
  await tx.query(sql`select lock_log()`);
  const mission = await readRecord(tx, 'ai', 'aiMissions', id);
  return mission?.deletedAt ? undefined : mission;
}

async function append(tx: Transaction, userId: string, tableName: string, recordId: string, op: Op, data: JsonObject) {
  await appendChanges(tx, userId, [{ appId: 'ai', tableName, recordId, op, data, actor: USER }]);
}
