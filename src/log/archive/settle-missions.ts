import { sql } from 'drizzle-orm';
import type { JsonObject } from '../../core/json.ts';
import type { Actor } from '../../core/log/actor.ts';
import type { FieldMeta } from '../../core/log/merge.ts';
import { type MissionRowMaterial, missionRow, positionsToAttribute } from '../../core/log/mission-row.ts';
import { type Database, operatorSession, type Transaction } from '../../database/database.ts';
import { jsonb } from '../../database/statement.ts';

/** Missions settled in one transaction, under the user's lock. */
const PAGE = 50;

/**
 * Works out from their records what is wanted of the missions that an import has touched (see mark_imported in
 * db/functions), and makes them idle or queued. Returns how many are queued.
 */
export async function settleMissions(db: Database, userId: string, now: Date): Promise<number> {
  let queued = 0;
  for (let after: string | null = ''; after !== null; ) {
    after = await db.transaction(operatorSession(userId), async (tx): Promise<string | null> => {
      await tx.query(sql`select lock_log()`);
      const missions = await readTouched(tx, after as string);
      for (const mission of missions) {
        const { planned, isQueued, nextRunAt } = missionRow(await readMaterial(tx, mission, now));
        await tx.query(sql`select settle_mission(${mission.id}, ${planned}, ${isQueued},
          ${nextRunAt?.toISOString() ?? null}::timestamptz)`);
        queued += Number(isQueued);
      }
      return missions.length < PAGE ? null : (missions.at(-1)?.id ?? null);
    });
  }
  return queued;
}

interface FoldedRow {
  id: string;
  data: JsonObject;
  fieldMeta: Record<string, FieldMeta>;
}

function readTouched(tx: Transaction, after: string) {
  return tx.query<FoldedRow & { isDeleted: boolean }>(sql`
    select m.mission_id as id, r.data, r.field_meta as "fieldMeta", r.deleted_at is not null as "isDeleted"
    from missions m
    join records r on (r.user_id, r.app_id, r.table_name, r.record_id) = (m.user_id, 'ai', 'aiMissions', m.mission_id)
    where m.user_id = current_user_id() and m.mission_id > ${after} collate "C"
      and m.claim_token is null and m.queue_at is null and m.due_at is null and m.wanted > m.planned
    order by m.mission_id collate "C" limit ${PAGE}`);
}

async function readMaterial(
  tx: Transaction,
  mission: FoldedRow & { isDeleted: boolean },
  now: Date,
): Promise<MissionRowMaterial> {
  // Of an iteration only what is asked for: its summary and plan may be long, and there may be thousands.
  const found = await tx.query<{ data: JsonObject; feedback: FieldMeta | null }>(sql`
    select jsonb_build_object('want', data -> 'want', 'sawPosition', data -> 'sawPosition') as data,
           field_meta -> 'feedback' as feedback
    from records
    where user_id = current_user_id() and app_id = 'ai' and table_name = 'aiIterations'
      and data ->> 'missionId' = ${mission.id}`);
  const iterations = found.map(({ data, feedback }) => ({
    data,
    fieldMeta: feedback ? { feedback } : ({} as Record<string, FieldMeta>),
  }));
  const folded = {
    data: mission.data,
    fieldMeta: mission.fieldMeta,
    // Whether, not when, is what matters here: the column itself is kept by the fold.
    deletedAt: mission.isDeleted ? now.toISOString() : null,
  };
  const actors = await readActors(tx, positionsToAttribute({ mission: folded, iterations }));
  return { missionId: mission.id, mission: folded, iterations, actorAt: (at) => actors.get(at), now };
}

async function readActors(tx: Transaction, positions: Set<number>): Promise<Map<number, Actor>> {
  const rows = await tx.query<{ position: number; actor: Actor }>(sql`
    select position, actor from sync_changes
    where user_id = current_user_id()
      and position = any(array(select value::bigint from jsonb_array_elements_text(${jsonb([...positions])})))`);
  return new Map(rows.map(({ position, actor }) => [position, actor]));
}
