import { dayIn } from '../../core/modules/day-in.ts';

export type Unit = 'day' | 'week' | 'month';

/** A stretch of the calendar that a bar stands for. */
export interface Period {
  unit: Unit;
  /** Its first day, `2026-03-30`; of a week, Monday. */
  from: string;
}

const DAY_MS = 86_400_000;
/** More than this are not told apart in a small plot: then the next unit is taken, and of months the last ones. */
const MOST = { day: 14, week: 16, month: 24 };

/**
 * The periods from the first of some moments to the present, without a gap: days, or weeks or months where there would be
 * too many. No moments: none. Days are those of the time zone.
 */
export function periodsOf(moments: readonly Date[], now: Date, timeZone: string): Period[] {
  const days = moments.map(dayIn(timeZone));
  const today = dayIn(timeZone)(now);
  const first = days.reduce((earliest, day) => (day < earliest ? day : earliest), today);
  if (days.length === 0) return [];
  for (const unit of ['day', 'week'] as const) {
    const periods = backFrom(today, unit, first);
    if (periods[0] && periods[0].from <= first) return periods;
  }
  return backFrom(today, 'month', first);
}

/** Which of the periods a moment lies in; -1: none. */
export function periodIndex(periods: readonly Period[], moment: Date, timeZone: string): number {
  const day = dayIn(timeZone)(moment);
  const [first] = periods;
  if (!first) return -1;
  const from = startOf(first.unit, day);
  return periods.findIndex((period) => period.from === from);
}

/** A period as one reads it: `30 Mar`, or of a month `Mar 2026`. */
export function formatPeriod({ unit, from }: Period, locale: string): string {
  const parts: Intl.DateTimeFormatOptions =
    unit === 'month' ? { month: 'short', year: 'numeric' } : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(locale, { ...parts, timeZone: 'UTC' }).format(toDate(from));
}

/** Back to the first day, or for as many periods as there may be. */
function backFrom(today: string, unit: Unit, first: string): Period[] {
  const periods: Period[] = [{ unit, from: startOf(unit, today) }];
  for (let from = startOf(unit, today); from > first && periods.length < MOST[unit]; ) {
    from = previous(unit, from);
    periods.unshift({ unit, from });
  }
  return periods;
}

function startOf(unit: Unit, day: string): string {
  if (unit === 'day') return day;
  if (unit === 'month') return `${day.slice(0, 7)}-01`;
  const date = toDate(day);
  return toDay(date.getTime() - ((date.getUTCDay() + 6) % 7) * DAY_MS);
}

function previous(unit: Unit, from: string): string {
  const date = toDate(from);
  if (unit === 'month') return toDay(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 1, 1));
  return toDay(date.getTime() - (unit === 'week' ? 7 : 1) * DAY_MS);
}

function toDate(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

function toDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
