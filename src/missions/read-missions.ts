import { sql } from 'drizzle-orm';
import type { MissionState } from '../core/missions/mission.ts';
import type { Transaction } from '../database/database.ts';
import type { IterationRow } from './iteration-view.ts';
import {
  type MissionRow,
  type MissionSummary,
  type MissionView,
  toMissionSummary,
  toMissionView,
} from './mission-view.ts';
import { hasStatus } from './proposal-status.ts';
import { proposalsOf, readIterations } from './read-iterations.ts';

const COLUMNS = sql`
  r.record_id as id, r.data, r.first_position as "firstPosition", m.state, m.next_run_at as "nextRunAt", m.wanted, m.planned,
  coalesce(m.claim_token is not null, false) as claimed, coalesce(m.queue_at is not null, false) as queued,
  coalesce(m.due_at is not null and m.wanted > m.planned, false) as "backingOff", c.created_at as "createdAt",
  m.held, m.due_at as "dueAt",
  case when m.spent_on = (clock_timestamp() at time zone 'utc')::date then m.spent_tokens + m.reserved end as "tokensToday",
  case when m.wanted > m.planned and m.held is null and m.claim_token is null then (
    select c.response -> 'fault' || jsonb_build_object('at', format_stamp(c.created_at)) from model_calls c
    where c.user_id = r.user_id order by c.created_at desc limit 1) end as "modelFault"`;

const MISSIONS = sql`
  records r
  left join missions m on m.user_id = r.user_id and m.mission_id = r.record_id
  left join sync_changes c on c.user_id = r.user_id and c.position = r.first_position
  where r.user_id = current_user_id() and r.app_id = 'ai' and r.table_name = 'aiMissions' and r.deleted_at is null`;

/** A mission of the transaction's user with a page of its iterations; undefined when there is none, or it was deleted. */
export async function readMissionView(
  tx: Transaction,
  missionId: string,
  page: { before?: number | undefined; limit: number; now: Date },
): Promise<MissionView | undefined> {
  const [row] = await tx.query<MissionRow>(sql`select ${COLUMNS} from ${MISSIONS} and r.record_id = ${missionId}`);
  return row && toMissionView(row, await readIterations(tx, missionId, page));
}

/** The missions of the transaction's user, newest first, each with its newest iteration in short. */
export async function listMissions(
  tx: Transaction,
  {
    state,
    before,
    limit,
    now,
  }: { state?: MissionState | undefined; before?: number | undefined; limit: number; now: Date },
): Promise<{ missions: MissionSummary[]; nextCursor: string | null }> {
  const rows = await tx.query<MissionRow & { latest: IterationRow | null; pendingProposals: number }>(sql`
    select ${COLUMNS},
      (select jsonb_build_object('id', i.record_id, 'data', i.data, 'proposals', ${proposalsOf(sql`i`)})
       from records i
       where i.user_id = r.user_id and i.app_id = 'ai' and i.table_name = 'aiIterations'
         and i.data ->> 'missionId' = r.record_id and i.deleted_at is null
       order by i.first_position desc nulls last limit 1) as latest,
      (select count(*) from records p
       where p.user_id = r.user_id and p.app_id = 'ai' and p.table_name = 'aiProposals'
         and p.data ->> 'missionId' = r.record_id and p.deleted_at is null
         and ${hasStatus('pending', now)}) as "pendingProposals"
    from ${MISSIONS}
      and r.first_position < ${before ?? Number.MAX_SAFE_INTEGER}
      and ${state === undefined ? sql`true` : sql`coalesce(m.state, r.data ->> 'state', 'active') = ${state}`}
    order by r.first_position desc limit ${limit + 1}`);
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    missions: shown.map((row) => toMissionSummary(row, now)),
    nextCursor: last ? String(last.firstPosition) : null,
  };
}
