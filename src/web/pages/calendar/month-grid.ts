/** The days of the weeks that a month touches, as `2026-03-31`. `month` is `2026-03`; `firstWeekday` is 1 (Monday) to 7. */
export function monthGrid(month: string, firstWeekday: number): string[] {
  const first = utc(`${month}-01`);
  const lead = ((first.getUTCDay() || 7) - firstWeekday + 7) % 7;
  const length = utc(`${shiftMonth(month, 1)}-01`).getTime() - first.getTime();
  const days = Math.ceil((lead + Math.round(length / DAY_MS)) / 7) * 7;
  const start = `${month}-01`;
  return Array.from({ length: days }, (_, index) => shiftDay(start, index - lead));
}

/** The month so many months later. */
export function shiftMonth(month: string, by: number): string {
  const date = utc(`${month}-01`);
  date.setUTCMonth(date.getUTCMonth() + by);
  return date.toISOString().slice(0, 7);
}

/** The day so many days later. */
export function shiftDay(day: string, by: number): string {
  return new Date(utc(day).getTime() + by * DAY_MS).toISOString().slice(0, 10);
}

/** The day with which the locale begins its weeks, 1 (Monday) to 7 (Sunday). */
export function firstWeekday(locale: string): number {
  const known = new Intl.Locale(locale) as Intl.Locale & {
    getWeekInfo?(): { firstDay: number };
    weekInfo?: { firstDay: number };
  };
  return (known.getWeekInfo?.() ?? known.weekInfo)?.firstDay ?? 1;
}

const DAY_MS = 86_400_000;

function utc(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}
