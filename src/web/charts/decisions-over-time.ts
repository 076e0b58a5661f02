import { dateOf } from './date-of.ts';
import { type Period, periodIndex, periodsOf } from './periods.ts';

export interface DecisionCount {
  period: Period;
  approved: number;
  rejected: number;
}

/** How many proposals were approved and rejected in each period since the first decision; empty: none was decided. */
export function decisionsOverTime(
  proposals: readonly { data: { status?: unknown; decidedAt?: unknown } }[],
  now: Date,
  timeZone: string,
  /** To count several missions over the same periods. */
  periods: readonly Period[] = periodsOfDecisions(proposals, now, timeZone),
): DecisionCount[] {
  const counts = periods.map((period): DecisionCount => ({ period, approved: 0, rejected: 0 }));
  for (const { status, at } of decided(proposals)) {
    const count = counts[periodIndex(periods, at, timeZone)];
    if (count) count[status] += 1;
  }
  return counts;
}

export function periodsOfDecisions(
  proposals: Parameters<typeof decisionsOverTime>[0],
  now: Date,
  timeZone: string,
): Period[] {
  return periodsOf(
    decided(proposals).map(({ at }) => at),
    now,
    timeZone,
  );
}

function decided(proposals: Parameters<typeof decisionsOverTime>[0]) {
  return proposals.flatMap(({ data: { status, decidedAt } }) => {
    const at = dateOf(decidedAt);
    return at && (status === 'approved' || status === 'rejected') ? [{ status, at } as const] : [];
  });
}
