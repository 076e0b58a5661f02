import { isMoment } from '../../core/modules/fields.ts';

/** What a field for a day and a time holds of a moment, on the reader's own clock: `2026-03-01T10:00`; empty for none. */
export function toLocalMoment(moment: unknown): string {
  if (!isMoment(moment)) return '';
  const date = new Date(moment);
  return `${localDay(date)}T${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
}

/** The moment that the reader's clock shows as `2026-03-01T10:00`, with its offset from UTC; undefined for what is none. */
export function fromLocalMoment(text: string): string | undefined {
  const date = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) || Number.isNaN(date.getTime())) return undefined;
  const minutes = -date.getTimezoneOffset();
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const offset = `${minutes < 0 ? '-' : '+'}${twoDigits(hours)}:${twoDigits(rest)}`;
  // Read back, so that a time which the clocks skip becomes the one that they show instead.
  return `${localDay(date)}T${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}:00${offset}`;
}

/** The day, `2026-03-01`, that it is for the reader at a moment. */
export function localDay(date: Date): string {
  return `${String(date.getFullYear()).padStart(4, '0')}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
