import { type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../database/database.ts';
import { type IterationRow, type IterationView, toIterationView } from './iteration-view.ts';
import type { IterationPage } from './mission-view.ts';
import { statusAt } from './proposal-status.ts';
import { readStale } from './read-stale.ts';

/** The iterations of a mission of the transaction's user, newest first; `before` is the cursor of the page before. */
export async function readIterations(
  tx: Transaction,
  missionId: string,
  { before = Number.MAX_SAFE_INTEGER, limit, now }: { before?: number | undefined; limit: number; now: Date },
): Promise<IterationPage> {
  const rows = await tx.query<IterationRow & { firstPosition: number }>(sql`
    ${iterationRows(sql`i.data ->> 'missionId' = ${missionId} and i.first_position < ${before}`)}
    order by i.first_position desc nulls last limit ${limit + 1}`);
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    iterations: await toViews(tx, shown, now),
    cursor: last ? String(last.firstPosition) : null,
  };
}

/** One iteration of a mission; undefined when the mission has none of that id. */
export async function readIteration(
  tx: Transaction,
  missionId: string,
  iterationId: string,
  now: Date,
): Promise<IterationView | undefined> {
  const [row] = await tx.query<IterationRow>(
    iterationRows(sql`i.record_id = ${iterationId} and i.data ->> 'missionId' = ${missionId}`),
  );
  const [view] = row ? await toViews(tx, [row], now) : [];
  return view;
}

async function toViews(tx: Transaction, rows: IterationRow[], now: Date): Promise<IterationView[]> {
  const open = rows.filter(({ proposals }) => proposals.some(({ data }) => statusAt(data, now) === 'pending'));
  const stale = await readStale(
    tx,
    open.map(({ id }) => id),
  );
  return rows.map((row) => toIterationView(row, now, stale.get(row.id) ?? null));
}

function iterationRows(condition: SQL): SQL {
  return sql`
    select i.record_id as id, i.data, i.first_position as "firstPosition", ${proposalsOf(sql`i`)} as proposals
    from records i
    where i.user_id = current_user_id() and i.app_id = 'ai' and i.table_name = 'aiIterations' and i.deleted_at is null
      and ${condition}`;
}

/** The proposals of the iteration in a row of records, as a JSON list of `{id, data}`. */
export function proposalsOf(iteration: SQL): SQL {
  return sql`(
    select coalesce(jsonb_agg(jsonb_build_object('id', p.record_id, 'data', p.data)), '[]')
    from records p
    where p.user_id = ${iteration}.user_id and p.app_id = 'ai' and p.table_name = 'aiProposals'
      and p.data ->> 'iterationId' = ${iteration}.record_id and p.deleted_at is null)`;
}
