import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { accepts, apply, contextOf, describeRecord, read, toolNamed } from './context.ts';

describe('create_event', () => {
  it('inserts the event as given', () => {
    const params = { title: 'Dentist', startsAt: '2026-03-02T10:00:00+01:00', endsAt: '2026-03-02T09:30:00Z' };
    expect(apply('create_event', params)).toEqual({
      ok: true,
      effects: [{ tableName: 'events', recordId: 'new-0', op: 'insert', data: params }],
    });
  });

  it.each([
    ['a start without an offset', { startsAt: '2026-03-02T10:00:00' }],
    ['a start without a time', { startsAt: '2026-03-02' }],
    ['a day that does not exist', { startsAt: '2026-02-30T10:00:00Z' }],
    ['an end before the start', { startsAt: '2026-03-02T10:00:00Z', endsAt: '2026-03-02T09:59:59Z' }],
    ['an end at the start', { startsAt: '2026-03-02T10:00:00Z', endsAt: '2026-03-02T11:00:00+01:00' }],
    ['an unknown field', { startsAt: '2026-03-02T10:00:00Z', colour: 'red' }],
  ])('refuses %s', (_, params) => {
    expect(accepts('create_event', { title: 'x', ...params } as JsonObject)).toBe(false);
  });

  it('says that the end is at fault, beside other faults', () => {
    const params = { startsAt: '2026-03-02T10:00:00Z', endsAt: '2026-03-01T10:00:00Z' };
    const issues = toolNamed('create_event').parameters.safeParse(params).error?.issues;
    expect(issues?.map(({ path }) => path)).toEqual([['title'], ['endsAt']]);
  });
});

describe('get_todays_events', () => {
  const today = (events: Record<string, JsonObject>, timeZone = 'UTC', now = '2026-03-01T12:00:00Z') => {
    const answer = read('get_todays_events', {}, contextOf({ events }, now, timeZone)) as { events: { id: string }[] };
    return answer.events.map(({ id }) => id);
  };

  it('sorts the events of today, whole days first', () => {
    const events = {
      late: { title: 'l', startsAt: '2026-03-01T22:00:00Z' },
      early: { title: 'e', startsAt: '2026-03-01T09:00:00+02:00' },
      day: { title: 'd', startsAt: '2026-03-01T00:00:00Z', allDay: true },
      tomorrow: { title: 't', startsAt: '2026-03-02T00:00:00Z' },
      yesterday: { title: 'y', startsAt: '2026-02-28T23:59:59Z' },
    };
    expect(today(events)).toEqual(['day', 'early', 'late']);
  });

  it('takes the day of the time zone, also where the clocks change', () => {
    const events = { a: { title: 'a', startsAt: '2026-03-28T23:30:00Z' } };
    expect(today(events, 'Europe/Berlin', '2026-03-29T21:59:00Z')).toEqual(['a']);
    expect(today(events, 'Europe/Berlin', '2026-03-29T22:00:00Z')).toEqual([]);
    expect(today(events, 'UTC', '2026-03-29T12:00:00Z')).toEqual([]);
  });

  it('keeps what began earlier and goes on, but not what ended at midnight', () => {
    const events = {
      trip: { title: 'trip', startsAt: '2026-02-27T10:00:00Z', endsAt: '2026-03-03T10:00:00Z' },
      party: { title: 'party', startsAt: '2026-02-28T20:00:00Z', endsAt: '2026-03-01T00:00:00Z' },
    };
    expect(today(events)).toEqual(['trip']);
  });

  it('shows a whole day on the day that was written', () => {
    const events = {
      birthday: { title: 'b', startsAt: '2026-03-01T00:00:00Z', endsAt: '2026-03-02T00:00:00Z', allDay: true },
    };
    expect(today(events, 'America/New_York', '2026-03-01T12:00:00Z')).toEqual(['birthday']);
    expect(today(events, 'America/New_York', '2026-02-28T12:00:00-05:00')).toEqual([]);
    expect(today(events, 'Asia/Tokyo', '2026-03-02T12:00:00+09:00')).toEqual([]);
  });

  it('passes over events whose start cannot be read, and an end before the start', () => {
    const events = {
      none: { title: 'n' },
      odd: { title: 'o', startsAt: 5 },
      text: { title: 't', startsAt: 'today' },
      backwards: { title: 'b', startsAt: '2026-03-01T10:00:00Z', endsAt: '2026-02-01T10:00:00Z' },
    };
    expect(today(events)).toEqual(['backwards']);
  });

  it('answers with the day, the zone and what matters of each event', () => {
    const events = { a: { title: ' A ', startsAt: '2026-03-01T10:00:00Z', location: 'Hall', notes: 'x' } };
    expect(read('get_todays_events', {}, contextOf({ events }))).toEqual({
      date: '2026-03-01',
      timeZone: 'UTC',
      total: 1,
      events: [{ id: 'a', title: 'A', startsAt: '2026-03-01T10:00:00Z', location: 'Hall' }],
    });
  });
});

it('describes an event', () => {
  const data = { title: 'Dentist', startsAt: '2026-03-02T10:00:00Z', allDay: false, location: 'Town' };
  expect(describeRecord('calendar', 'events', data, 'e1')).toBe(
    'Event: Dentist (id e1)\nStarts: 2026-03-02T10:00:00Z\nLocation: Town',
  );
});
