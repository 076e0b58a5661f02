import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/core/json.ts';
import { eventsByDay, pastDays, upcomingDays } from '../../../../src/web/pages/calendar/agenda.ts';
import {
  fromEventForm,
  keepMoments,
  newEventForm,
  toEventForm,
} from '../../../../src/web/pages/calendar/event-form.ts';
import { firstWeekday, monthGrid, shiftDay, shiftMonth } from '../../../../src/web/pages/calendar/month-grid.ts';
import { readEvent } from '../../../../src/web/pages/calendar/read-event.ts';
import { record } from '../support.ts';

const before = process.env.TZ;
beforeAll(() => {
  process.env.TZ = 'Europe/Berlin';
});
afterAll(() => {
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

const event = (id: string, data: JsonObject) => readEvent(record('calendar', 'events', id, { title: id, ...data }));
const days = (agenda: { day: string; events: { title: string }[] }[]) =>
  agenda.map(({ day, events }) => [day, events.map(({ title }) => title)]);

describe('the days of an event', () => {
  const span = (data: JsonObject) => {
    const { firstDay, lastDay } = event('e', data).span ?? {};
    return [firstDay, lastDay];
  };

  test('are those of the clock of the reader', () => {
    expect(span({ startsAt: '2026-03-01T23:30:00Z' })).toEqual(['2026-03-02', '2026-03-02']);
    expect(span({ startsAt: '2026-03-01T10:00:00Z', endsAt: '2026-03-02T10:00:00Z' })).toEqual([
      ...['2026-03-01', '2026-03-02'],
    ]);
  });

  test('do not begin with an end at midnight', () => {
    expect(span({ startsAt: '2026-03-01T10:00:00Z', endsAt: '2026-03-02T00:00:00+01:00' })).toEqual([
      ...['2026-03-01', '2026-03-01'],
    ]);
  });

  test('that it fills are the ones that are written, in whatever zone', () => {
    const data = { startsAt: '2026-03-01T00:00:00+13:00', endsAt: '2026-03-03T00:00:00+13:00', allDay: true };
    expect(span(data)).toEqual(['2026-03-01', '2026-03-02']);
  });

  test('are unknown where its start cannot be read; an end before the start counts as none', () => {
    expect(event('e', { startsAt: 'soon' }).span).toBeUndefined();
    expect(event('e', { startsAt: 7, title: 7 }).title).toBe('e');
    expect(event('e', { startsAt: '2026-03-02T10:00:00Z', endsAt: '2026-03-01T10:00:00Z' }).span?.ends).toBeUndefined();
  });
});

describe('the agenda', () => {
  const events = [
    event('evening', { startsAt: '2026-03-10T18:00:00Z' }),
    event('gone', { startsAt: '2026-03-08T10:00:00Z' }),
    event('trip', { startsAt: '2026-03-08T00:00:00+01:00', endsAt: '2026-03-12T00:00:00+01:00', allDay: true }),
    event('later', { startsAt: '2026-04-01T10:00:00Z' }),
    event('morning', { startsAt: '2026-03-10T08:00:00Z' }),
    event('odd', { startsAt: 'some day' }),
    event('older', { startsAt: '2025-01-01T10:00:00Z' }),
  ];

  test('has what is on and what comes, by day and by the clock', () => {
    expect(days(upcomingDays(events, '2026-03-10'))).toEqual([
      ['2026-03-10', ['trip', 'morning', 'evening']],
      ['2026-04-01', ['later']],
      ['', ['odd']],
    ]);
  });

  test('has what is over, the latest first', () => {
    expect(days(pastDays(events, '2026-03-10'))).toEqual([
      ['2026-03-08', ['gone']],
      ['2025-01-01', ['older']],
    ]);
  });

  test('has an event on each day that it touches', () => {
    const byDay = eventsByDay(events, ['2026-03-10', '2026-03-11', '2026-03-12']);
    expect([...byDay].map(([day, held]) => [day, held.map(({ title }) => title)])).toEqual([
      ['2026-03-10', ['trip', 'morning', 'evening']],
      ['2026-03-11', ['trip']],
      ['2026-03-12', []],
    ]);
    expect(eventsByDay(events, []).size).toBe(0);
  });
});

describe('a month', () => {
  test('has whole weeks', () => {
    const grid = monthGrid('2026-03', 1);
    expect([grid[0], grid.at(-1), grid.length]).toEqual(['2026-02-23', '2026-04-05', 42]);
    expect(monthGrid('2027-02', 1)).toHaveLength(28);
    expect(monthGrid('2026-03', 7)[0]).toBe('2026-03-01');
  });

  test('is followed by the next, over the turn of the year too', () => {
    expect(shiftMonth('2026-12', 1)).toBe('2027-01');
    expect(shiftMonth('2026-01', -1)).toBe('2025-12');
    expect(shiftDay('2026-03-28', 2)).toBe('2026-03-30');
  });

  test('begins its weeks as the locale does', () => {
    expect(firstWeekday('de-DE')).toBe(1);
    expect(firstWeekday('en-US')).toBe(7);
  });
});

describe('the form of an event', () => {
  test('says what there is, and back', () => {
    const data = {
      ...{ title: 'Choir', startsAt: '2026-03-01T18:30:00+01:00', endsAt: '2026-03-01T20:00:00+01:00' },
      ...{ location: 'Hall', notes: 'Bring music', allDay: null },
    };
    const form = toEventForm(event('e', data));
    expect(form).toMatchObject({ startDay: '2026-03-01', startTime: '18:30', endDay: '2026-03-01', endTime: '20:00' });
    expect(fromEventForm(form)).toEqual({
      ...data,
      ...{ startsAt: '2026-03-01T18:30:00+01:00', endsAt: '2026-03-01T20:00:00+01:00' },
    });
  });

  test('has for whole days the last of them, and writes the day after', () => {
    const data = { startsAt: '2026-03-01T00:00:00+01:00', endsAt: '2026-03-04T00:00:00+01:00', allDay: true };
    const form = toEventForm(event('e', data));
    expect(form).toMatchObject({ isAllDay: true, startDay: '2026-03-01', endDay: '2026-03-03' });
    expect(fromEventForm(form)).toMatchObject(data);
    expect(fromEventForm({ ...form, endDay: '' }).endsAt).toBeNull();
  });

  test('leaves the end open, or takes what is given of it', () => {
    const form = { ...newEventForm('2026-03-01', '10:00'), title: 'A' };
    expect(fromEventForm(form).endsAt).toBeNull();
    expect(fromEventForm({ ...form, endTime: '11:00' }).endsAt).toBe('2026-03-01T11:00:00+01:00');
    expect(fromEventForm({ ...form, endDay: '2026-03-01' }).endsAt).toBeNull();
    expect(fromEventForm({ ...form, endDay: '2026-03-02' }).endsAt).toBe('2026-03-02T23:59:00+01:00');
  });

  test('without a day says no moment, for the schema to refuse', () => {
    expect(fromEventForm(newEventForm('', '10:00')).startsAt).toBe('');
  });

  test('does not rewrite a time that means the same', () => {
    const held = { startsAt: '2026-03-01T09:00:00Z', endsAt: '2026-03-01T10:00:00Z' };
    const form = toEventForm(event('e', held));
    expect(keepMoments(held, fromEventForm(form))).toMatchObject(held);
    expect(keepMoments(held, fromEventForm({ ...form, endTime: '12:00' }))).toMatchObject({
      ...{ startsAt: held.startsAt, endsAt: '2026-03-01T12:00:00+01:00' },
    });
    const whole = { startsAt: '2026-03-01T00:00:00+13:00', allDay: true };
    expect(keepMoments(whole, fromEventForm(toEventForm(event('e', whole))))).toMatchObject(whole);
  });
});
