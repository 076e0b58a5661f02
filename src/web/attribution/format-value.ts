import type { Json } from '../../core/json.ts';
import { isDay, isMoment } from '../../core/modules/fields.ts';
import { clip } from '../../core/modules/reading.ts';

/** Longer than this is not read where values stand in a row. */
const MAX_SHOWN = 300;

export interface ValueWords {
  yes: string;
  no: string;
  none: string;
  empty: string;
}

/** Any value of any field as one reads it: dates, times and numbers as the locale has them, text cut, the rest as JSON. */
export function formatValue(value: Json | undefined, locale: string, words: ValueWords, timeZone?: string): string {
  if (value === null || value === undefined) return words.none;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'number') return new Intl.NumberFormat(locale, { maximumFractionDigits: 6 }).format(value);
  if (typeof value !== 'string') return clip(JSON.stringify(value), MAX_SHOWN);
  if (value.trim() === '') return words.empty;
  const shown = clip(value, MAX_SHOWN);
  if (isDay(value)) return format(`${value}T00:00:00Z`, { dateStyle: 'medium', timeZone: 'UTC' });
  if (isMoment(value)) return format(value, { dateStyle: 'medium', timeStyle: 'short', ...zoneOf(timeZone) });
  return shown;

  function format(at: string, options: Intl.DateTimeFormatOptions): string {
    return new Intl.DateTimeFormat(locale, options).format(new Date(at));
  }
}

function zoneOf(timeZone: string | undefined): Intl.DateTimeFormatOptions {
  return timeZone === undefined ? {} : { timeZone };
}
