import { scheduledJobs } from 'croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cadence, cadenceSchema, nextRun, nextRuns } from '../../../src/core/missions/cadence.ts';

const BERLIN = 'Europe/Berlin';

describe('cadenceSchema', () => {
  it.each([
    [{ kind: 'manual' }],
    [{ kind: 'interval', everyMinutes: 1 }],
    [{ kind: 'interval', everyMinutes: 525_600 }],
    [{ kind: 'daily', atHour: 23, atMinute: 59 }],
    [{ kind: 'weekly', dayOfWeek: 0, atHour: 0, atMinute: 0 }],
    [{ kind: 'cron', expression: '*/15 9-17 * * MON-FRI' }],
    [{ kind: 'cron', expression: '0 0 29 2 *' }],
    [{ kind: 'cron', expression: '0 9 L * *' }],
  ])('accepts %j', (cadence) => {
    expect(cadenceSchema.parse(cadence)).toEqual(cadence);
  });

  it('fills in the minute and trims the expression', () => {
    expect(cadenceSchema.parse({ kind: 'daily', atHour: 7 })).toEqual({ kind: 'daily', atHour: 7, atMinute: 0 });
    expect(cadenceSchema.parse({ kind: 'weekly', dayOfWeek: 1, atHour: 7 })).toMatchObject({ atMinute: 0 });
    expect(cadenceSchema.parse({ kind: 'cron', expression: ' 0 9 * * 1 ' })).toMatchObject({ expression: '0 9 * * 1' });
  });

  it.each([
    ['interval', { everyMinutes: 0 }, 'everyMinutes', /from 1 to 525600/],
    ['interval', { everyMinutes: 1.5 }, 'everyMinutes', /whole number of minutes/],
    ['interval', { everyMinutes: 525_601 }, 'everyMinutes', /from 1 to 525600/],
    ['interval', { everyMinutes: '5' }, 'everyMinutes', /whole number of minutes/],
    ['interval', {}, 'everyMinutes', /whole number of minutes/],
    ['daily', { atHour: 24 }, 'atHour', /from 0 to 23/],
    ['daily', { atHour: -1 }, 'atHour', /from 0 to 23/],
    ['daily', { atHour: 9, atMinute: 60 }, 'atMinute', /from 0 to 59/],
    ['weekly', { dayOfWeek: 7, atHour: 9 }, 'dayOfWeek', /0 \(Sunday\) to 6/],
    ['weekly', { atHour: 9 }, 'dayOfWeek', /0 \(Sunday\) to 6/],
    ['cron', { expression: '' }, 'expression', /has 0 fields.*five fields/],
    ['cron', { expression: '0 9 * *' }, 'expression', /has 4 fields/],
    ['cron', { expression: '0 0 9 * * 1' }, 'expression', /has 6 fields.*seconds/],
    ['cron', { expression: '0 0 9 * * 1 2026' }, 'expression', /has 7 fields.*five fields/],
    ['cron', { expression: '@daily' }, 'expression', /nickname.*five fields/],
    ['cron', { expression: '99 * * * *' }, 'expression', /Invalid value for minute: 99\).*five fields/],
    ['cron', { expression: '* * * FOO *' }, 'expression', /not a cron expression/],
    ['cron', { expression: '*/0 * * * *' }, 'expression', /not a cron expression/],
    ['cron', { expression: '0 0 30 2 *' }, 'expression', /never comes/],
    ['cron', { expression: '0 0 31 4,6 *' }, 'expression', /never comes/],
    ['cron', { expression: '? * * * *' }, 'expression', /contains "\?"/],
    ['cron', { expression: '2026-01-01T00:00 * * * *' }, 'expression', /contains ":"/],
    ['cron', { expression: `${'1,'.repeat(200)}1 * * * *` }, 'expression', /200 characters/],
    ['cron', {}, 'expression', /string/],
  ])('refuses %s %j', (kind, rest, field, message) => {
    const result = cadenceSchema.safeParse({ kind, ...rest });
    expect(result.success).toBe(false);
    expect(result.error?.issues.map((issue) => issue.path)).toContainEqual([field]);
    expect(result.error?.issues.map((issue) => issue.message).join()).toMatch(message);
  });

  it('refuses an unknown kind, naming the known ones, and an unknown key', () => {
    const kind = cadenceSchema.safeParse({ kind: 'hourly' });
    expect(kind.error?.issues).toMatchObject([{ path: ['kind'], message: expect.stringContaining('interval, daily') }]);
    const key = cadenceSchema.safeParse({ kind: 'manual', atHour: 9 });
    expect(key.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['atHour'] }]);
    expect(cadenceSchema.safeParse(null).success).toBe(false);
  });

  it('answers any expression with a cadence or an issue, never by throwing', () => {
    const field = fc.string({ unit: fc.constantFrom(...'0123456789*/,-#+LWMON?:'), maxLength: 6 });
    const expression = fc.oneof(
      fc.string(),
      fc.array(field, { minLength: 5, maxLength: 5 }).map((fields) => fields.join(' ')),
    );
    fc.assert(
      fc.property(expression, (text) => {
        const result = cadenceSchema.safeParse({ kind: 'cron', expression: text });
        if (result.success) expect(nextRun(result.data, BERLIN, new Date('2026-01-01T00:00:00Z'))).not.toBeNull();
      }),
    );
  });
});

describe('nextRun', () => {
  const daily = (atHour: number, atMinute = 0): Cadence => ({ kind: 'daily', atHour, atMinute });
  const next = (cadence: Cadence, after: string, zone = BERLIN) =>
    nextRun(cadence, zone, new Date(after))?.toISOString() ?? null;

  it('never comes for manual', () => {
    expect(next({ kind: 'manual' }, '2026-03-10T10:00:00Z')).toBeNull();
    expect(nextRuns({ kind: 'manual' }, BERLIN, new Date(0), 3)).toEqual([]);
  });

  it('counts an interval from the given instant', () => {
    expect(next({ kind: 'interval', everyMinutes: 90 }, '2026-03-10T10:00:00.250Z')).toBe('2026-03-10T11:30:00.250Z');
  });

  it('is strictly after the given instant', () => {
    expect(next(daily(9), '2026-03-10T07:59:59.999Z')).toBe('2026-03-10T08:00:00.000Z');
    expect(next(daily(9), '2026-03-10T08:00:00.000Z')).toBe('2026-03-11T08:00:00.000Z');
    expect(next(daily(9), '2026-03-10T08:00:00.001Z')).toBe('2026-03-11T08:00:00.000Z');
  });

  it('reads daily, weekly and cron on the clock of the zone', () => {
    expect(next(daily(9), '2026-03-10T00:00:00Z', 'Asia/Tokyo')).toBe('2026-03-11T00:00:00.000Z');
    expect(next(daily(9), '2026-03-10T00:00:00Z', 'America/New_York')).toBe('2026-03-10T13:00:00.000Z');
    const sunday: Cadence = { kind: 'weekly', dayOfWeek: 0, atHour: 18, atMinute: 30 };
    expect(next(sunday, '2026-03-10T10:00:00Z')).toBe('2026-03-15T17:30:00.000Z');
    const weekdays: Cadence = { kind: 'cron', expression: '0 9 * * 1-5' };
    expect(next(weekdays, '2026-03-13T08:00:00Z')).toBe('2026-03-16T08:00:00.000Z');
  });

  it('keeps the local time over both changes of the clock, one run a day', () => {
    const spring = nextRuns(daily(9), BERLIN, new Date('2026-03-28T00:00:00Z'), 3).map((run) => run.toISOString());
    expect(spring).toEqual(['2026-03-28T08:00:00.000Z', '2026-03-29T07:00:00.000Z', '2026-03-30T07:00:00.000Z']);
    const autumn = nextRuns(daily(9), BERLIN, new Date('2026-10-24T00:00:00Z'), 3).map((run) => run.toISOString());
    expect(autumn).toEqual(['2026-10-24T07:00:00.000Z', '2026-10-25T08:00:00.000Z', '2026-10-26T08:00:00.000Z']);
  });

  it('runs once, after the jump, for a time in the spring gap', () => {
    const runs = nextRuns(daily(2, 30), BERLIN, new Date('2026-03-28T00:00:00Z'), 3).map((run) => run.toISOString());
    expect(runs).toEqual(['2026-03-28T01:30:00.000Z', '2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']);
  });

  it('runs once for a time that occurs twice in autumn', () => {
    const runs = nextRuns(daily(2, 30), BERLIN, new Date('2026-10-24T12:00:00Z'), 2).map((run) => run.toISOString());
    expect(runs).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
    expect(next(daily(2, 30), '2026-10-25T01:15:00Z')).toBe('2026-10-26T01:30:00.000Z');
  });

  it('makes up for a long absence with one run', () => {
    const weekly: Cadence = { kind: 'weekly', dayOfWeek: 1, atHour: 9, atMinute: 0 };
    const due = nextRun(weekly, BERLIN, new Date('2026-01-01T00:00:00Z'));
    expect(due?.toISOString()).toBe('2026-01-05T08:00:00.000Z');
    expect(next(weekly, '2026-03-10T10:00:00Z')).toBe('2026-03-16T08:00:00.000Z');
  });

  it('finds the leap day', () => {
    expect(next({ kind: 'cron', expression: '0 0 29 2 *' }, '2026-01-01T00:00:00Z', 'UTC')).toBe(
      '2028-02-29T00:00:00.000Z',
    );
  });

  it('throws for an unknown zone, and leaves no job behind', () => {
    expect(() => next(daily(9), '2026-03-10T00:00:00Z', 'Mars/Olympus')).toThrow(/Mars\/Olympus/);
    expect(scheduledJobs).toEqual([]);
  });

  it('is one run a day in any zone, whatever the time', () => {
    const zone = fc.constantFrom(BERLIN, 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC');
    fc.assert(
      fc.property(zone, fc.nat(23), fc.nat(59), fc.nat(364), (timeZone, hour, minute, day) => {
        const after = new Date(Date.UTC(2026, 0, 1 + day));
        const runs = nextRuns(daily(hour, minute), timeZone, after, 4);
        const days = runs.map((run) => new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' }).format(run));
        expect(new Set(days).size).toBe(4);
        const gaps = runs.slice(1).map((run, index) => run.getTime() - runs[index]!.getTime());
        expect(gaps.every((gap) => gap >= 22.5 * 3_600_000 && gap <= 25.5 * 3_600_000)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
