import type { Json } from '../../../core/json.ts';
import type { Cadence } from '../../../core/missions/cadence.ts';

export const CADENCE_KINDS = ['manual', 'interval', 'daily', 'weekly', 'cron'] as const satisfies Cadence['kind'][];

const MINUTES_OF = { minutes: 1, hours: 60, days: 1_440 };
export type IntervalUnit = keyof typeof MINUTES_OF;
export const INTERVAL_UNITS = Object.keys(MINUTES_OF) as IntervalUnit[];

/** A cadence while it is written. Each kind keeps what was entered for it, whichever is chosen. */
export interface CadenceDraft {
  kind: Cadence['kind'];
  every: string;
  unit: IntervalUnit;
  /** `09:30`, as a time field has it. */
  time: string;
  /** `0` is Sunday. */
  dayOfWeek: string;
  expression: string;
}

const EMPTY: CadenceDraft = { kind: 'manual', every: '1', unit: 'days', time: '09:00', dayOfWeek: '1', expression: '' };

export function toCadenceDraft(cadence: Cadence): CadenceDraft {
  const { kind } = cadence;
  if (kind === 'interval') return { ...EMPTY, kind, ...inLargestUnit(cadence.everyMinutes) };
  if (kind === 'cron') return { ...EMPTY, kind, expression: cadence.expression };
  if (kind === 'manual') return EMPTY;
  const time = `${twoDigits(cadence.atHour)}:${twoDigits(cadence.atMinute)}`;
  return { ...EMPTY, kind, time, ...(kind === 'weekly' ? { dayOfWeek: String(cadence.dayOfWeek) } : {}) };
}

/** What was entered, as a cadence; not yet judged: a number that cannot be read is null. */
export function fromCadenceDraft({ kind, every, unit, time, dayOfWeek, expression }: CadenceDraft): {
  [of: string]: Json;
} {
  if (kind === 'manual') return { kind };
  if (kind === 'cron') return { kind, expression: expression.trim() };
  if (kind === 'interval') {
    const count = wholeNumber(every);
    return { kind, everyMinutes: count === null ? null : count * MINUTES_OF[unit] };
  }
  const [hour, minute] = time.split(':');
  const at = { atHour: wholeNumber(hour), atMinute: wholeNumber(minute) };
  return kind === 'daily' ? { kind, ...at } : { kind, dayOfWeek: wholeNumber(dayOfWeek), ...at };
}

/** Minutes as people would say them: 120 are two hours, 90 are ninety minutes. */
export function inLargestUnit(everyMinutes: number): { every: string; unit: IntervalUnit } {
  const unit = INTERVAL_UNITS.findLast((candidate) => everyMinutes % MINUTES_OF[candidate] === 0) ?? 'minutes';
  return { every: String(everyMinutes / MINUTES_OF[unit]), unit };
}

function wholeNumber(text: string | undefined): number | null {
  return /^\s*\d{1,9}\s*$/.test(text ?? '') ? Number(text) : null;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
