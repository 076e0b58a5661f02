import { de, en, type ParsedComponents, type ParsedResult } from 'chrono-node';
import { cutOut } from './outline-title.ts';
import { addDays, type Day, isoDay, localDay, zonedInstant } from './zoned-time.ts';

/** What a line says about when. */
export interface When {
  /** The line without the words that say when. */
  title: string;
  /** `YYYY-MM-DD` in the mission's time zone. */
  date?: string;
  /** Set when the line names a date and a time of day that are not past. */
  event?: { startsAt: Date; endsAt?: Date };
}

/** A stretch of the text that names a date, a time of day, or both. */
interface Match {
  from: number;
  to: number;
  start: ParsedComponents;
  end?: ParsedComponents;
  hasDate: boolean;
  hasTime: boolean;
  /** "PST" or "+02:00" stands in the text. */
  hasZone: boolean;
}

/** Reads the first date in the text, and its time of day, forward from `now` on the clock of the zone. */
export function findWhen(text: string, now: Date, timeZone: string): When {
  const today = localDay(now, timeZone);
  // Chrono compares wall clocks with instants as soon as the zone it is told is not the process's own (a server in UTC
  // would put Auckland's "Thursday" a week off). So it gets the zone's day as a day of the process's zone, only its
  // fields are read, and zonedInstant turns them into instants: the answer is the same in every process.
  // The day begins at midnight: seen from noon, chrono would read today's "12 March" as next year's.
  const reference = new Date(today.year, today.month - 1, today.day);
  const read = (parser: typeof english) =>
    parser
      .parse(text, reference, { forwardDate: true })
      .map((result) => toMatch(text, result))
      .filter((match) => match !== null)
      .filter((match) => !match.hasDate || isNear(dayOf(match.start), today));

  const inEnglish = read(hasDottedDate(text) || DAY_FIRST_ZONES.test(timeZone) ? english : american);
  const inGerman = read(german);
  const difference = length(inGerman) - length(inEnglish);
  const matches = difference > 0 || (difference === 0 && hasDottedDate(text)) ? inGerman : inEnglish;

  const date = matches.find((match) => match.hasDate);
  if (date === undefined) return { title: text };
  const time = date.hasTime ? date : matches.find((match) => match.hasTime && !match.hasDate);
  if (time === undefined) return { title: cutOut(text, [date]), date: isoDay(lastDay(date)) };
  const { startsAt, endsAt } = eventTimes(date, time, now, timeZone);
  const day = isoDay(localDay(startsAt, timeZone));
  // A due date does not hold the time of day: the title keeps it.
  if (startsAt <= now) return { title: text, date: day };
  const title = cutOut(text, date === time ? [date] : [date, time]);
  return {
    title,
    date: day,
    event: endsAt > startsAt ? { startsAt, endsAt } : { startsAt },
  };
}

/** True when the text may name a time of day: cheap, where `findWhen` is not. */
export function hasClock(text: string): boolean {
  return CLOCK.test(text.replace(/\d{1,4}([-./])\d{1,2}\1\d{0,4}/g, ' '));
}

const english = en.GB;
const american = en.casual;
/** Where 12/3 is the twelfth of March. */
const DAY_FIRST_ZONES = /^(?:Africa|Asia|Atlantic|Australia|Europe|Indian)\//;

/** Chrono's German does not know 12.3., the usual way to write a date without its year. */
const german = de.casual.clone();
german.parsers.push({
  pattern: () =>
    /(?<![\p{L}\p{N}.,])(?<!(?:section|chapter|version|kapitel|abschnitt|punkt)\s)(\d{1,2})\.\s?(\d{1,2})\.(?!\d|\s?\d{4})/iu,
  extract: (_context, [, day, month]) => {
    const last = new Date(Date.UTC(2024, Number(month), 0)).getUTCDate();
    const exists = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= last;
    return exists ? { day: Number(day), month: Number(month) } : null;
  },
});

/** Nobody writes 12.3. for the third of December, and 2.10.3 is a version. */
function hasDottedDate(text: string): boolean {
  return /(?<![\d.])\d{1,2}\.\s?\d{1,2}\.(?:\s?\d{4}|\d{2})?(?![\d.])/.test(text);
}

/** A result that a person would call a date or a time of day, or null. Chrono itself takes "Do 3 sets" for Thursday 3:00. */
function toMatch(text: string, result: ParsedResult): Match | null {
  const { start, end } = result;
  const tags = result.tags();
  const before = text.slice(0, result.index);
  let words = result.text.trimEnd();

  // "19:00 Art class" is not in Argentina (ART), "19:00 eat" not in East Africa: only well-known zones, in capitals.
  const zone = start.isCertain('timezoneOffset') ? /\s*\(?\b([A-Za-z]{2,5})\)?$/.exec(words) : null;
  const strangeZone = zone !== null && !KNOWN_ZONE.test(zone[1]!);
  if (strangeZone) words = words.slice(0, zone.index);

  const hasTime = start.isCertain('hour') && hasClock(words);
  if (!hasTime) words = words.replace(/[\s,]+\d{1,2}$/, '');
  const hasDate = start.isCertain('day') || start.isCertain('weekday');
  if (!hasDate && !hasTime) return null;

  const after = text.slice(result.index + words.length);
  if (!/(?:^|[\s([{"'„“‚‘,;:–—@])$/u.test(before) || /^(?:[\p{L}\p{N}_/@\\]|[.:-][\p{L}\p{N}]|['’]s)/u.test(after)) {
    return null;
  }
  if (tags.has('result/relativeDateAndTime') || tags.has('casualReference/now')) return null;
  if (tags.has('result/relativeDate') && !AHEAD.test(words)) return null;
  if (BACK.test(words) || WEAK.test(words.trim()) || NOT_BEFORE_A_DATE.test(before)) return null;
  if (words === 'Morgen' && before.trim() !== '') return null;
  if (/^\d{1,2}\/\d{1,2}$/.test(words) && !DEADLINE.test(before)) return null;

  const hasZone = start.isCertain('timezoneOffset') && !strangeZone;
  return { from: result.index, to: result.index + words.length, start, end, hasDate, hasTime, hasZone };
}

const KNOWN_ZONE = /^(?:UTC|GMT|CES?T|EES?T|WES?T|BST|MEZ|MESZ|[ECMP][SD]?T|IST|JST)$/;
const CLOCK =
  /(?<!\d)\d{1,2}[:.]\d{2}(?!\d)|\d\s?(?:am|pm|a\.m|p\.m|uhr|h|o'clock)(?![\p{L}])|noon|midnight|mittag|mitternacht|\b(?:at|um|gegen|ab|from|von)\s+\d|@\s*\d|\d\s?[-–]\s?\d|(?:morning|afternoon|evening|night|früh|vormittag|nachmittag|abend)\D*\d/iu;
const AHEAD =
  /^(?:in|within|next|this|coming|innerhalb|binnen|nächste|kommende|diese)|(?:from now|from today|later|hence)$/iu;
const BACK = /^(?:last|past|previous|yesterday|gestern|vorgestern|letzte|vergangene|vor\s)|\bago$/iu;
/** Alone, these are as often something else: sun cream, "Do the dishes", a weekend trip, "Do 10-12 push-ups". */
const WEAK =
  /^(?:mo|di|mi|do|fr|sa|so|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)\.?(?:\s*\d+\s*(?:[-–]\s*\d+)?)?$|^weekend$/iu;
const NOT_BEFORE_A_DATE = /(?<![\p{L}\p{N}])(?:every|each|after|since|jede[nrsm]?|alle|nach|seit|guten)\s+$/iu;
const DEADLINE = /(?<![\p{L}\p{N}])(?:by|on|until|till|before|due|bis|am|vor)[\s:]+$/iu;

function length(matches: Match[]): number {
  return matches.reduce((sum, match) => sum + match.to - match.from, 0);
}

/** An item may be overdue; "the storming of 14 July 1789" is no due date. */
function isNear(day: Day, today: Day): boolean {
  return isReal(day) && isoDay(day) >= isoDay(addDays(today, -366));
}

/** Moved forward by chrono, 29 February may fall into a year that has none. */
function isReal(day: Day): boolean {
  return day.year <= 9_998 && isoDay(addDays(day, 0)) === isoDay(day);
}

function dayOf(components: ParsedComponents): Day {
  return { year: components.get('year')!, month: components.get('month')!, day: components.get('day')! };
}

function lastDay({ start, end }: Match): Day {
  const [first, last] = [dayOf(start), dayOf(end ?? start)];
  return isReal(last) && isoDay(last) > isoDay(first) ? last : first;
}

function eventTimes(date: Match, time: Match, now: Date, timeZone: string): { startsAt: Date; endsAt: Date } {
  const day = dayOf(date.start);
  const at = (components: ParsedComponents, on: Day) => {
    const instant = zonedInstant(
      on,
      components.get('hour')!,
      components.get('minute')!,
      time.hasZone ? 'UTC' : timeZone,
    );
    const offset = time.hasZone ? (time.start.get('timezoneOffset') ?? 0) : 0;
    return new Date(instant.getTime() - offset * 60_000);
  };
  // "Thursday 9:00", written on Thursday at noon, is a week ahead.
  const weekdayOnly = date.start.isCertain('weekday') && !date.start.isCertain('day');
  const late = weekdayOnly && at(time.start, day) <= now ? 7 : 0;
  const startsAt = at(time.start, addDays(day, late));
  if (!time.end?.isCertain('hour')) return { startsAt, endsAt: startsAt };
  const endDay = time.end.isCertain('day') || date === time ? dayOf(time.end) : day;
  const endsAt = at(time.end, addDays(endDay, late));
  return { startsAt, endsAt: endsAt > startsAt ? endsAt : at(time.end, addDays(endDay, late + 1)) };
}
