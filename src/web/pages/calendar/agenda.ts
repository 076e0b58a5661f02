import { compareText } from '../../../core/modules/reading.ts';
import type { ShownEvent } from './read-event.ts';

export interface AgendaDay {
  /** `2026-03-31`; empty: events whose start cannot be read. */
  day: string;
  events: ShownEvent[];
}

/** What is on and what comes, by day; what began earlier and goes on stands at today. What has no time comes last. */
export function upcomingDays(events: readonly ShownEvent[], today: string): AgendaDay[] {
  const coming = events.filter(({ span }) => span && span.lastDay >= today);
  const days = groupByDay(coming, ({ span }) => (span && span.firstDay > today ? span.firstDay : today));
  const undated = events.filter(({ span }) => !span);
  return undated.length === 0 ? days : [...days, { day: '', events: undated }];
}

/** What is over, the latest day first. */
export function pastDays(events: readonly ShownEvent[], today: string): AgendaDay[] {
  const over = events.filter(({ span }) => span && span.lastDay < today);
  return groupByDay(over, ({ span }) => span?.firstDay ?? '').reverse();
}

/** The events that touch each of some days. */
export function eventsByDay(events: readonly ShownEvent[], days: readonly string[]): Map<string, ShownEvent[]> {
  const [first = '', last = ''] = [days[0], days.at(-1)];
  const near = events.filter(({ span }) => span && span.firstDay <= last && span.lastDay >= first).sort(byTime);
  return new Map(
    days.map((day) => [day, near.filter(({ span }) => span && span.firstDay <= day && day <= span.lastDay)]),
  );
}

function groupByDay(events: readonly ShownEvent[], dayOf: (event: ShownEvent) => string): AgendaDay[] {
  const days = new Map<string, ShownEvent[]>();
  for (const event of events) {
    const day = dayOf(event);
    const held = days.get(day);
    if (held) held.push(event);
    else days.set(day, [event]);
  }
  return [...days].sort(([a], [b]) => compareText(a, b)).map(([day, held]) => ({ day, events: held.sort(byTime) }));
}

/** What fills the day first, then by the clock. */
function byTime(a: ShownEvent, b: ShownEvent): number {
  const [first, second] = [a.span?.begins.getTime() ?? 0, b.span?.begins.getTime() ?? 0];
  return Number(b.isAllDay) - Number(a.isAllDay) || first - second;
}
