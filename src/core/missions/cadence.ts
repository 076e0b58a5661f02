import { Cron } from 'croner';
import { z } from 'zod';

const EVERY_MINUTES = 'must be a whole number of minutes from 1 to 525600 (one year)';
const AT_HOUR = 'must be a whole hour from 0 to 23';
const AT_MINUTE = 'must be a whole minute from 0 to 59';
const DAY_OF_WEEK = 'must be a whole number from 0 (Sunday) to 6 (Saturday)';
const KIND = 'must be one of manual, interval, daily, weekly, cron';
const FIVE_FIELDS = 'write five fields: minute hour day-of-month month day-of-week, for example "0 9 * * 1"';

const atHour = wholeNumber(0, 23, AT_HOUR);
const atMinute = wholeNumber(0, 59, AT_MINUTE).default(0);

/** When a mission is planned again by itself. The clock of daily, weekly and cron is the mission's time zone. */
export const cadenceSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('manual') }),
    z.strictObject({ kind: z.literal('interval'), everyMinutes: wholeNumber(1, 525_600, EVERY_MINUTES) }),
    z.strictObject({ kind: z.literal('daily'), atHour, atMinute }),
    z.strictObject({ kind: z.literal('weekly'), dayOfWeek: wholeNumber(0, 6, DAY_OF_WEEK), atHour, atMinute }),
    z.strictObject({ kind: z.literal('cron'), expression: cronExpression() }),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? KIND : undefined) },
);
export type Cadence = z.infer<typeof cadenceSchema>;

/**
 * The first run strictly after `after`; null for `manual`. Daily, weekly and cron are read on the clock of `timeZone`
 * (an IANA name; throws for an unknown one). A fixed time that a change to summer time skips runs once, when the
 * clock has jumped; one that occurs twice in autumn runs once, the first time. Runs missed while the service was down
 * happen once: the late run asks for `nextRun(now)`, which never looks back.
 */
export function nextRun(cadence: Cadence, timeZone: string, after: Date): Date | null {
  if (cadence.kind === 'manual') return null;
  if (cadence.kind === 'interval') return new Date(after.getTime() + cadence.everyMinutes * 60_000);
  return scheduleOf(pattern(cadence), timeZone).nextRun(after);
}

/** The next `count` runs after `after`, earliest first; fewer when the cadence has no more. */
export function nextRuns(cadence: Cadence, timeZone: string, after: Date, count: number): Date[] {
  const runs: Date[] = [];
  let last = after;
  while (runs.length < count) {
    const run = nextRun(cadence, timeZone, last);
    if (run === null) break;
    runs.push(run);
    last = run;
  }
  return runs;
}

function pattern(cadence: Exclude<Cadence, { kind: 'manual' | 'interval' }>): string {
  if (cadence.kind === 'cron') return cadence.expression;
  return `${cadence.atMinute} ${cadence.atHour} * * ${cadence.kind === 'weekly' ? cadence.dayOfWeek : '*'}`;
}

/** Without a function to call, croner starts no timer: it only computes. */
function scheduleOf(expression: string, timeZone: string): Cron {
  return new Cron(expression, { timezone: timeZone, mode: '5-part', paused: true });
}

function wholeNumber(min: number, max: number, error: string) {
  return z.int({ error }).min(min, { error }).max(max, { error });
}

function cronExpression() {
  return z
    .string()
    .trim()
    .max(200, 'must not be longer than 200 characters')
    .superRefine((expression, context) => {
      const fault = cronFault(expression);
      if (fault !== null) context.addIssue({ code: 'custom', message: fault });
    });
}

/** What is wrong with the expression, with the mend; null when it is good. */
function cronFault(expression: string): string | null {
  if (expression.startsWith('@')) return `is a nickname, which is not supported; ${FIVE_FIELDS}`;
  const fields = expression === '' ? 0 : expression.split(/\s+/).length;
  if (fields !== 5) {
    return `has ${fields} ${fields === 1 ? 'field' : 'fields'} (seconds and years are not supported); ${FIVE_FIELDS}`;
  }
  // Croner takes a string with a colon for a date and not for a pattern: it must not come that far.
  const stranger = /[^\sA-Za-z0-9*,/#+-]/u.exec(expression);
  if (stranger !== null) return `contains ${JSON.stringify(stranger[0])}, which cron does not know; ${FIVE_FIELDS}`;
  return firesAtAll(expression);
}

function firesAtAll(expression: string): string | null {
  try {
    // Any fixed date serves: without a year field the pattern repeats, at the latest with the calendar's 400 years.
    const first = scheduleOf(expression, 'UTC').nextRun(new Date('2000-01-01T00:00:00Z'));
    return first === null ? 'never comes: no month it names has that day; name a day that exists' : null;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return `is not a cron expression (${reason.replace(/\.$/, '')}); ${FIVE_FIELDS}`;
  }
}
