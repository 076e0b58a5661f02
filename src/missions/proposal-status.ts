import { type SQL, sql } from 'drizzle-orm';
import type { JsonObject } from '../core/json.ts';
import { formatStamp } from '../core/log/stamp.ts';
import type { ProposalStatus } from '../core/proposals/proposal.ts';
import { textOr } from '../core/tolerant.ts';

/** The status that holds at a time: a proposal expires then and there, whether or not a sweep has recorded it. */
export function statusAt(proposal: JsonObject, now: Date): string {
  const status = textOr(proposal.status, 'unknown');
  const expiresAt = textOr(proposal.expiresAt, null);
  return status === 'pending' && expiresAt !== null && expiresAt <= formatStamp(now) ? 'expired' : status;
}

/** `statusAt` as a condition on the alias `p` of records, written so that the index of pending proposals serves. */
export function hasStatus(status: ProposalStatus, now: Date): SQL {
  const overdue = sql`coalesce(p.data ->> 'expiresAt' <= ${formatStamp(now)} collate "C", false)`;
  if (status === 'pending') return sql`(p.data ->> 'status' = 'pending' and not ${overdue})`;
  if (status === 'expired')
    return sql`(p.data ->> 'status' = 'expired' or (p.data ->> 'status' = 'pending' and ${overdue}))`;
  return sql`p.data ->> 'status' = ${status}`;
}
