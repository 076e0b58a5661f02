import { sql } from 'drizzle-orm';
import type { Json } from '../../core/json.ts';
import type { Transaction } from '../../database/database.ts';
import { jsonb } from '../../database/statement.ts';
import { type IterationRow, toIterationView } from '../../missions/iteration-view.ts';
import { type MissionView, toMissionView } from '../../missions/mission-view.ts';
import { readChangesAt } from './read-history.ts';
import type { Moment } from './read-moment.ts';
import { readRecordAt, readRecordsAt } from './record-at.ts';

/**
 * A mission of the transaction's user as it was, with a page of its iterations, their steps as decided by then; undefined
 * when there was none, or it was deleted. Which wants waited is not in the log: it is shown at rest, all wants planned.
 */
export async function readMissionAt(
  tx: Transaction,
  missionId: string,
  { position, at }: Extract<Moment, { ok: true }>,
  { before = Number.MAX_SAFE_INTEGER, limit }: { before?: number | undefined; limit: number },
): Promise<MissionView | undefined> {
  const mission = await readRecordAt(tx, { appId: 'ai', table: 'aiMissions', id: missionId }, position);
  if (!mission || mission.deletedAt !== null) return undefined;
  const made = await tx.query<{ id: string; firstPosition: number; want: Json }>(sql`
    select record_id as id, first_position as "firstPosition", data -> 'want' as want from records
    where user_id = current_user_id() and app_id = 'ai' and table_name = 'aiIterations'
      and data ->> 'missionId' = ${missionId} and first_position <= ${position}
    order by first_position desc nulls last`);
  const asked = made.filter(({ firstPosition }) => firstPosition < before);
  const shown = asked.slice(0, limit);
  const last = asked.length > limit ? shown.at(-1) : undefined;
  const rows = await readIterationRows(
    tx,
    shown.map(({ id }) => id),
    position,
  );
  const created = (await readChangesAt(tx, [mission.firstPosition])).get(mission.firstPosition);
  const planned = Math.max(0, ...made.map(({ want }) => (typeof want === 'number' ? want : 0)));
  return toMissionView(
    {
      ...{ id: missionId, data: mission.data, firstPosition: mission.firstPosition },
      ...{ state: null, nextRunAt: null, wanted: planned, planned, claimed: false, queued: false, backingOff: false },
      ...{ held: null, dueAt: null, modelFault: null, tokensToday: null },
      createdAt: created ? new Date(created.arrivedAt) : null,
    },
    {
      iterations: rows.map((row) => toIterationView(row, at, null)),
      cursor: last ? String(last.firstPosition) : null,
    },
  );
}

/** Iterations with their proposals, as they were; those that were deleted by then are left out. */
async function readIterationRows(tx: Transaction, ids: string[], position: number): Promise<IterationRow[]> {
  const proposals = await tx.query<{ id: string }>(sql`
    select p.record_id as id from jsonb_array_elements_text(${jsonb(ids)}) as asked (iteration_id)
    join records p on p.user_id = current_user_id() and p.app_id = 'ai' and p.table_name = 'aiProposals'
      and p.data ->> 'iterationId' = asked.iteration_id and p.first_position <= ${position}`);
  const addresses = [
    ...ids.map((id) => ({ appId: 'ai', table: 'aiIterations', id })),
    ...proposals.map(({ id }) => ({ appId: 'ai', table: 'aiProposals', id })),
  ];
  const records = await readRecordsAt(tx, addresses, position);
  const living = records.filter(({ deletedAt }) => deletedAt === null);
  const steps = living.filter(({ table }) => table === 'aiProposals');
  return living
    .filter(({ table }) => table === 'aiIterations')
    .map(({ id, data }) => ({
      id,
      data,
      proposals: steps.filter((step) => step.data.iterationId === id).map((step) => ({ id: step.id, data: step.data })),
    }));
}
