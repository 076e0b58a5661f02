import { type Cadence, nextRun } from '../../src/core/missions/cadence.ts';
import type { Draws } from './draws.ts';
import { type Counted, type Law, simulate } from './simulate.ts';

/** What is simulated; a control brings one that is broken. */
export type NextRun = typeof nextRun;

/**
 * A service that goes down at random runs a cadence over turns of the clock: each run comes after the last, by the clock of its
 * zone; whenever it is asked for before then it is the same; and runs that were missed happen once.
 */
export function simulateCadences(seed: number, count: number, next: NextRun = nextRun): Promise<Counted> {
  return simulate(cadenceLaw(next), seed, count);
}

interface Setup {
  cadence: Extract<Cadence, { kind: 'interval' | 'daily' | 'weekly' }>;
  timeZone: string;
  from: number;
}

/** The service is down for so many minutes, or up and idle. */
interface Event {
  downMinutes: number;
}

/** By half an hour, southern, without a turn, at midnight, and on the other side of the date line. */
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'America/Santiago',
  'Pacific/Apia',
  'UTC',
];
/** Shortly before turns of these clocks, and some day. */
const FROM = [
  '2025-03-29',
  '2025-10-25',
  '2025-03-08',
  '2025-11-01',
  '2025-04-05',
  '2025-09-06',
  '2024-02-28',
  '2026-12-31',
];
const MINUTE = 60_000;
const DAY = 1_440;

function cadenceLaw(next: NextRun): Law<Setup, Event> {
  return {
    name: 'cadences',
    draw: (draws) => ({
      setup: {
        cadence: drawCadence(draws),
        timeZone: draws.pick(ZONES),
        from: Date.parse(`${draws.pick(FROM)}T00:00:00Z`) + draws.below(DAY * MINUTE),
      },
      events: Array.from({ length: 1 + draws.below(4) }, () => ({
        downMinutes: draws.percent(50) ? 0 : draws.below(4 * DAY),
      })),
    }),
    judge({ setup: { cadence, timeZone, from }, events }, count) {
      let last = new Date(from);
      for (const { downMinutes } of events) {
        const due = next(cadence, timeZone, last);
        if (due === null) return 'there is no next run';
        const broken = whyWrong(next, { cadence, timeZone, last, due });
        if (broken !== null) return `${broken}: ${due.toISOString()} after ${last.toISOString()}`;
        count('runs');
        // It runs when the service is there, and what came due meanwhile is not made up for.
        last = new Date(due.getTime() + downMinutes * MINUTE);
        if (downMinutes > 0) count('runs after a time of being down');
      }
      return null;
    },
  };
}

function drawCadence(draws: Draws): Setup['cadence'] {
  const at = { atHour: draws.pick([0, 1, 2, 3, 9, 23]), atMinute: draws.pick([0, 15, 30, 59]) };
  return draws.pick<() => Setup['cadence']>([
    () => ({ kind: 'interval', everyMinutes: 1 + draws.below(3 * DAY) }),
    () => ({ kind: 'daily', ...at }),
    () => ({ kind: 'daily', ...at }),
    () => ({ kind: 'weekly', dayOfWeek: draws.below(7), ...at }),
  ])();
}

function whyWrong(
  next: NextRun,
  { cadence, timeZone, last, due }: { cadence: Setup['cadence']; timeZone: string; last: Date; due: Date },
): string | null {
  const gap = (due.getTime() - last.getTime()) / MINUTE;
  if (gap <= 0) return 'does not come after the last';
  if (cadence.kind === 'interval') return gap === cadence.everyMinutes ? null : 'is not so many minutes later';
  const days = cadence.kind === 'weekly' ? 7 : 1;
  // An hour more where the clock is set back; and Samoa once had no 30th of December.
  if (gap > days * DAY + 120) return `comes after ${Math.round(gap)} minutes`;
  const between = new Date(last.getTime() + Math.floor((due.getTime() - last.getTime() - 1) / MINUTE / 2) * MINUTE);
  if (next(cadence, timeZone, between)?.getTime() !== due.getTime())
    return `is another one when asked for at ${between.toISOString()}`;
  const wanted = cadence.atHour * 60 + cadence.atMinute;
  const [here, before] = [localMinute(timeZone, due), localMinute(timeZone, new Date(due.getTime() - MINUTE))];
  const isSkipped = before.minute < wanted && here.minute > wanted && before.day === here.day;
  const isSkippedAtMidnight = before.day !== here.day && wanted < here.minute;
  if (here.minute !== wanted && !isSkipped && !isSkippedAtMidnight)
    return `is at minute ${here.minute} of its day, not ${wanted}`;
  if (cadence.kind === 'weekly' && here.day !== cadence.dayOfWeek) return `is on day ${here.day} of the week`;
  return null;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const formats = new Map(
  ZONES.map((timeZone) => {
    const parts = { hour: '2-digit', minute: '2-digit', weekday: 'short', hourCycle: 'h23' } as const;
    return [timeZone, new Intl.DateTimeFormat('en', { timeZone, ...parts })];
  }),
);

function localMinute(timeZone: string, at: Date): { minute: number; day: number } {
  const parts = Object.fromEntries(
    (formats.get(timeZone)?.formatToParts(at) ?? []).map(({ type, value }) => [type, value]),
  );
  return { minute: Number(parts.hour) * 60 + Number(parts.minute), day: WEEKDAYS.indexOf(String(parts.weekday)) };
}
