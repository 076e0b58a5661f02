import { dateOf } from './date-of.ts';

export interface PlanTime {
  iterationId: string;
  at: Date;
  /** From the moment the planner began until the plan was there, in milliseconds. */
  ms: number;
  failed: boolean;
}

/** How long each plan took, oldest first. What bears no readable times is left out. */
export function planLatency(
  iterations: readonly { id: string; data: { startedAt?: unknown; finishedAt?: unknown; overallStatus?: unknown } }[],
): PlanTime[] {
  const times = iterations.flatMap(({ id, data }): PlanTime[] => {
    const [from, to] = [dateOf(data.startedAt), dateOf(data.finishedAt)];
    if (!from || !to || to < from) return [];
    const failed = data.overallStatus === 'failed';
    return [{ iterationId: id, at: to, ms: to.getTime() - from.getTime(), failed }];
  });
  return times.sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** The middle of some numbers; null of none. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return ((low ?? 0) + (high ?? 0)) / 2;
}

/** `850 ms`, `2.4 s`, `3 min`, as the locale has them. */
export function formatDuration(ms: number, locale: string): string {
  const [value, unit] =
    ms < 1_000 ? [ms, 'millisecond'] : ms < 60_000 ? [ms / 1_000, 'second'] : [ms / 60_000, 'minute'];
  const maximumFractionDigits = unit === 'millisecond' || value >= 10 ? 0 : 1;
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits }).format(
    value,
  );
}
