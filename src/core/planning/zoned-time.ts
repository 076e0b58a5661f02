/** A day of the calendar. `month` is 1 to 12. */
export interface Day {
  year: number;
  month: number;
  day: number;
}

/** The instant at which the clocks of a zone show the day and the time. Of a time that occurs twice, the first; a time
 * that the clocks skip is read with the offset that held before, so it lies after the jump. */
export function zonedInstant(day: Day, hour: number, minute: number, timeZone: string): Date {
  const wall = utc(day, hour, minute);
  const before = offsetMinutes(new Date(wall - DAY_MS), timeZone);
  const after = offsetMinutes(new Date(wall + DAY_MS), timeZone);
  const candidates = [before, after].map((offset) => wall - offset * 60_000).sort((a, b) => a - b);
  const real = candidates.find((instant) => instant + offsetMinutes(new Date(instant), timeZone) * 60_000 === wall);
  return new Date(real ?? wall - before * 60_000);
}

/** How far the clocks of the zone are ahead of UTC at the instant, in minutes. */
function offsetMinutes(instant: Date, timeZone: string): number {
  const { day, hour, minute } = onTheClock(instant, timeZone);
  return Math.round((utc(day, hour, minute) - Math.floor(instant.getTime() / 60_000) * 60_000) / 60_000);
}

/** The day it is in the zone at the instant. */
export function localDay(instant: Date, timeZone: string): Day {
  return onTheClock(instant, timeZone).day;
}

export function addDays(day: Day, days: number): Day {
  const date = new Date(utc(day, 0, 0) + days * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** `YYYY-MM-DD`, which sorts as the days do. */
export function isoDay({ year, month, day }: Day): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

const DAY_MS = 86_400_000;

function utc({ year, month, day }: Day, hour: number, minute: number): number {
  // Date.UTC takes the years 0 to 99 for 1900 to 1999; setUTCFullYear takes them as they are.
  return new Date(Date.UTC(2000, 0, 1, hour, minute)).setUTCFullYear(year, month - 1, day);
}

function onTheClock(instant: Date, timeZone: string): { day: Day; hour: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(instant);
  const part = (type: string) => Number(parts.find((candidate) => candidate.type === type)?.value);
  return {
    day: { year: part('year'), month: part('month'), day: part('day') },
    hour: part('hour'),
    minute: part('minute'),
  };
}
