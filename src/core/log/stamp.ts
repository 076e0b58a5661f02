const WRITTEN =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d{2})(?::?(\d{2}))?)$/;

/** A time as the log writes it: UTC, milliseconds, 24 characters, so that text order is time order. */
export function formatStamp(at: Date): string {
  return at.toISOString();
}

/**
 * A written time (ISO 8601 with an offset) as the log writes it, or null when it cannot be read or names a day that
 * does not exist. Digits past the millisecond are dropped first. What Postgres reads is read: 24:00 as the next day's
 * beginning, the second 60 as the next minute's, offsets up to 15:59. The twin of normalise_stamp in db/functions.
 */
export function normaliseStamp(text: string): string | null {
  const parts = WRITTEN.exec(text);
  if (!parts) return null;
  const [year, month, day, hour, minute] = parts.slice(1, 6).map(Number) as [number, number, number, number, number];
  const second = Number(parts[6] ?? 0);
  const ms = Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3));
  const [offsetHours, offsetMinutes] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)];
  if (!isRealDate(year, month, day) || !isRealTime(hour, minute, second, ms)) return null;
  if (offsetHours > 15 || offsetMinutes > 59) return null;

  const at = new Date(0);
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  at.setUTCFullYear(year, month - 1, day);
  at.setUTCHours(hour, minute, second, ms);
  at.setTime(at.getTime() - (parts[8] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000);
  return at.getUTCFullYear() >= 1 && at.getUTCFullYear() <= 9999 ? formatStamp(at) : null;
}

function isRealDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const lastOfMonth = new Date(0);
  lastOfMonth.setUTCFullYear(year, month, 0);
  return day <= lastOfMonth.getUTCDate();
}

function isRealTime(hour: number, minute: number, second: number, ms: number): boolean {
  const sinceMidnight = ((hour * 60 + minute) * 60 + second) * 1000 + ms;
  return minute <= 59 && second <= 60 && sinceMidnight <= 24 * 3_600_000;
}
