import { type SQL, sql } from 'drizzle-orm';
import type { ProposalStatus } from '../core/proposals/proposal.ts';
import { textOr } from '../core/tolerant.ts';
import type { Transaction } from '../database/database.ts';
import { hasStatus, statusAt } from './proposal-status.ts';
import { type ProposalRow, type ProposalView, toProposalView } from './proposal-view.ts';
import { readStale } from './read-stale.ts';

export interface ProposalFilter {
  status?: ProposalStatus | undefined;
  /** The appId of the module that the proposal concerns. */
  module?: string | undefined;
  missionId?: string | undefined;
}

/** One proposal of the transaction's user; undefined when there is none. */
export async function readProposal(tx: Transaction, id: string, now: Date): Promise<ProposalView | undefined> {
  const [row] = await tx.query<ProposalRow>(proposalRows(sql`p.record_id = ${id}`));
  const [view] = row ? await toViews(tx, [row], now) : [];
  return view;
}

/** The proposals of the transaction's user, newest first. */
export async function listProposals(
  tx: Transaction,
  filter: ProposalFilter,
  { before, limit, now }: { before?: number | undefined; limit: number; now: Date },
): Promise<{ proposals: ProposalView[]; nextCursor: string | null }> {
  const conditions = [
    sql`p.first_position < ${before ?? Number.MAX_SAFE_INTEGER}`,
    ...(filter.status === undefined ? [] : [hasStatus(filter.status, now)]),
    ...(filter.module === undefined ? [] : [sql`p.data ->> 'appId' = ${filter.module}`]),
    ...(filter.missionId === undefined ? [] : [sql`p.data ->> 'missionId' = ${filter.missionId}`]),
  ];
  const rows = await tx.query<ProposalRow>(
    sql`${proposalRows(sql.join(conditions, sql` and `))} order by p.first_position desc nulls last limit ${limit + 1}`,
  );
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    proposals: await toViews(tx, shown, now),
    nextCursor: last ? String(last.firstPosition) : null,
  };
}

async function toViews(tx: Transaction, rows: ProposalRow[], now: Date): Promise<ProposalView[]> {
  const pending = rows.filter(({ data }) => statusAt(data, now) === 'pending');
  const stale = await readStale(
    tx,
    pending.map(({ data }) => textOr(data.iterationId, '')),
  );
  return rows.map((row) => toProposalView(row, now, stale.get(textOr(row.data.iterationId, '')) ?? null));
}

function proposalRows(condition: SQL): SQL {
  return sql`
    select p.record_id as id, p.data, p.first_position as "firstPosition", m.data ->> 'title' as "missionTitle",
           c.created_at as "createdAt"
    from records p
    left join records m on m.user_id = p.user_id and m.app_id = 'ai' and m.table_name = 'aiMissions'
                       and m.record_id = p.data ->> 'missionId'
    left join sync_changes c on c.user_id = p.user_id and c.position = p.first_position
    where p.user_id = current_user_id() and p.app_id = 'ai' and p.table_name = 'aiProposals' and p.deleted_at is null
      and ${condition}`;
}
