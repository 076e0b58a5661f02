import type { Cadence } from '../../../core/missions/cadence.ts';
import { i18n } from '../../i18n/i18n.svelte.ts';
import { inLargestUnit } from './cadence-draft.ts';

/** A cadence in the words of the interface: `Every 2 hours`, `Mondays at 9:00 AM`. */
export function cadenceText(cadence: Cadence): string {
  const words = i18n.of(WORDS);
  if (cadence.kind === 'manual') return words.manual;
  if (cadence.kind === 'cron') return words.cron(cadence.expression);
  if (cadence.kind === 'interval') {
    const { every, unit } = inLargestUnit(cadence.everyMinutes);
    return words.interval(amount(Number(every), unit.slice(0, -1)));
  }
  const time = timeOfDay(cadence.atHour, cadence.atMinute);
  return cadence.kind === 'daily' ? words.daily(time) : words.weekly(weekdayName(cadence.dayOfWeek), time);
}

/** The name of a day of the week; 0 is Sunday. */
export function weekdayName(dayOfWeek: number): string {
  // The first of March 2026 was a Sunday.
  return format({ weekday: 'long' }, new Date(Date.UTC(2026, 2, 1 + dayOfWeek)));
}

function timeOfDay(hour: number, minute: number): string {
  return format({ timeStyle: 'short' }, new Date(Date.UTC(2026, 2, 1, hour, minute)));
}

function format(options: Intl.DateTimeFormatOptions, date: Date): string {
  return new Intl.DateTimeFormat(i18n.locale, { ...options, timeZone: 'UTC' }).format(date);
}

function amount(count: number, unit: string): string {
  return new Intl.NumberFormat(i18n.locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

const WORDS = {
  en: {
    manual: 'By hand',
    interval: (amount: string) => `Every ${amount}`,
    daily: (time: string) => `Daily at ${time}`,
    weekly: (day: string, time: string) => `Weekly on ${day} at ${time}`,
    cron: (expression: string) => `Cron ${expression}`,
  },
  de: {
    manual: 'Von Hand',
    interval: (amount: string) => `Im Abstand: ${amount}`,
    daily: (time: string) => `Täglich um ${time}`,
    weekly: (day: string, time: string) => `Wöchentlich am ${day} um ${time}`,
    cron: (expression: string) => `Cron ${expression}`,
  },
};
