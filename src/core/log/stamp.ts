const WRITTEN = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)$/;
const PARTS = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)$/;

/** A time as the log writes it: UTC, milliseconds, 24 characters, so that text order is time order. */
export function formatStamp(at: Date): string {
  return at.toISOString();
}

/**
 * A written time (ISO 8601 with an offset) as the log writes it, or null when it cannot be read or names a day that
 * does not exist. The twin of normalise_stamp in db/functions.
 */
export function normaliseStamp(text: string): string | null {
  if (!WRITTEN.test(text)) return null;
  const [, year, month, day, hour, minute, second = '0', fraction = '', offset] = PARTS.exec(text) ?? [];
  const fields = [year, month, day, hour, minute, second].map(Number) as [number, number, number, number, number, number];
  if (!isRealDate(fields[0], fields[1], fields[2]) || fields[3] > 24 || fields[4] > 59 || fields[5] > 60) return null;
  if (fields[3] === 24 && (fields[4] > 0 || fields[5] > 0 || Number(fraction) > 0)) return null;
  const utc = new Date(0);
  utc.setUTCFullYear(fields[0], fields[1] - 1, fields[2]);
  utc.setUTCHours(fields[3], fields[4], fields[5], Number(fraction.padEnd(3, '0').slice(0, 3)));
  const minutes = offsetMinutes(offset ?? 'Z');
  if (minutes === null) return null;
  const stamp = new Date(utc.getTime() - minutes * 60_000);
  return stamp.getUTCFullYear() >= 1 && stamp.getUTCFullYear() <= 9999 ? stamp.toISOString() : null;
}

function isRealDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const date = new Date(0);
  date.setUTCFullYear(year, month, 0);
  return day <= date.getUTCDate();
}

function offsetMinutes(offset: string): number | null {
  if (offset === 'Z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(3).replace(':', '') || '0');
  if (hours > 15 || minutes > 59) return null;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
