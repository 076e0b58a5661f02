import { describe, expect, it } from 'vitest';
import { findWhen } from '../../../src/core/planning/outline-dates.ts';

/** Thursday, three in the afternoon in Berlin. */
const NOW = new Date('2026-03-12T14:00:00Z');

const read = (text: string, zone = 'Europe/Berlin', now = NOW) => {
  const { title, date, event } = findWhen(text, now, zone);
  return [title, date, event?.startsAt.toISOString(), event?.endsAt?.toISOString()];
};
const due = (...args: Parameters<typeof read>) => read(...args).slice(0, 2);
const at = (time: string) => `${time}:00.000Z`;

describe('a date', () => {
  it.each([
    ['Call the dentist tomorrow', 'Call the dentist', '2026-03-13'],
    ['Pay rent by April 1st', 'Pay rent', '2026-04-01'],
    ['Pay rent due on 2026-04-01', 'Pay rent', '2026-04-01'],
    ['Submit by Friday the report', 'Submit the report', '2026-03-13'],
    ['On Friday call Ana', 'Call Ana', '2026-03-13'],
    ['Call mom (due tomorrow)!', 'Call mom!', '2026-03-13'],
    ['Finish in 3 days', 'Finish', '2026-03-15'],
    ['Write report Monday to Wednesday', 'Write report', '2026-03-18'],
    ['Wait until the end of the month', 'Wait', '2026-03-31'],
    ['Pay by 10/12', 'Pay', '2026-12-10'],
    ['Renew by 2026-03-01', 'Renew', '2026-03-01'],
    ['Buy 2026-03-14 3 apples', 'Buy 3 apples', '2026-03-14'],
    ['tomorrow', 'tomorrow', '2026-03-13'],
    ['Zahnarzt anrufen morgen', 'Zahnarzt anrufen', '2026-03-13'],
    ['Abgabe am Freitag', 'Abgabe', '2026-03-13'],
    ['Am Freitag: Zahnarzt anrufen', 'Zahnarzt anrufen', '2026-03-13'],
    ['Bericht bis 20.3. fertig', 'Bericht fertig', '2026-03-20'],
    ['Steuer bis zum 31.5. abgeben', 'Steuer abgeben', '2026-05-31'],
    ['Miete am 3.4.2026 zahlen', 'Miete zahlen', '2026-04-03'],
    ['Reise am 5. Mai buchen', 'Reise buchen', '2026-05-05'],
    ['Morgen früh laufen', 'Früh laufen', '2026-03-13'],
  ])('%s', (text, title, date) => {
    expect(read(text)).toEqual([title, date, undefined, undefined]);
  });

  it('is forward, and today is not past in the afternoon', () => {
    expect(due('Call on 12 March')).toEqual(['Call', '2026-03-12']);
    expect(due('Call on 11 March')).toEqual(['Call', '2027-03-11']);
    expect(due('Anruf 12.3.')).toEqual(['Anruf', '2026-03-12']);
    expect(due('Call on Thursday')).toEqual(['Call', '2026-03-12']);
    expect(due('Call on Wednesday')).toEqual(['Call', '2026-03-18']);
  });

  it('is a day of the zone, on both sides of midnight', () => {
    const beforeMidnight = new Date('2026-03-10T23:30:00Z');
    const afterMidnight = new Date('2026-03-11T00:30:00Z');
    expect(due('Call today', 'America/New_York', beforeMidnight)).toEqual(['Call', '2026-03-10']);
    expect(due('Call tomorrow', 'America/New_York', afterMidnight)).toEqual(['Call', '2026-03-11']);
    expect(due('Call today', 'Asia/Tokyo', beforeMidnight)).toEqual(['Call', '2026-03-11']);
    expect(due('Call tomorrow', 'Asia/Tokyo', afterMidnight)).toEqual(['Call', '2026-03-12']);
    expect(due('Call today', 'UTC', beforeMidnight)).toEqual(['Call', '2026-03-10']);
    expect(due('Call today', 'UTC', afterMidnight)).toEqual(['Call', '2026-03-11']);
  });

  it('is right where the clock is more than half a day from the one of the process', () => {
    const thursdayNoonThere = new Date('2026-03-11T23:00:00Z');
    expect(due('Call on Thursday', 'Pacific/Auckland', thursdayNoonThere)).toEqual(['Call', '2026-03-12']);
    expect(due('Call on Wednesday', 'Pacific/Auckland', thursdayNoonThere)).toEqual(['Call', '2026-03-18']);
    expect(due('Call on Wednesday', 'Pacific/Pago_Pago', thursdayNoonThere)).toEqual(['Call', '2026-03-11']);
    expect(due('Call on Tuesday', 'Pacific/Pago_Pago', thursdayNoonThere)).toEqual(['Call', '2026-03-17']);
  });

  it('has the day first where people write so, and the month first elsewhere', () => {
    expect(due('Pay by 4/5', 'Europe/London')).toEqual(['Pay', '2026-05-04']);
    expect(due('Pay by 4/5', 'America/New_York')).toEqual(['Pay', '2026-04-05']);
    expect(read('Pay on 4.5.2026 at noon', 'America/New_York')[1]).toBe('2026-05-04');
  });

  it.each([
    'Do the dishes',
    'Do 3 sets',
    'Do 10-12 push-ups',
    'Buy sun cream',
    'March for peace',
    'Visit Rome in May',
    'Run 30 minutes',
    'Call in 2 hours',
    'Read 10/12 pages',
    'Release version 2.10.3',
    'Read section 3.2. again',
    'Water plants every Friday',
    'Jeden Freitag Müll',
    'Call Bob after Friday',
    "Review Monday's notes",
    'File last Friday receipts',
    'Tidy up notes of yesterday',
    'Essay on 14 July 1789',
    'Guten Morgen sagen',
    'Plan weekend trip',
    'Read https://x.example/2026-04-01/post',
    'Fix 2026-02-30',
    'Check 99.99.',
    'Standup at 9am',
  ])('is not found in "%s", which stays whole', (text) => {
    expect(read(text)).toEqual([text, undefined, undefined, undefined]);
  });

  it('of 29 February in a year without one is left alone', () => {
    expect(due('Party on 29 February')).toEqual(['Party on 29 February', undefined]);
    expect(due('Ski 25 February - 29 February')[1]).toBe('2027-02-25');
  });
});

describe('a date and a time of day', () => {
  it.each([
    ['Dinner with Ana on Friday 19:00', 'Dinner with Ana', at('2026-03-13T18:00'), undefined],
    ['Friday dinner with Ana at 19:00', 'Dinner with Ana', at('2026-03-13T18:00'), undefined],
    ['Lunch at noon tomorrow', 'Lunch', at('2026-03-13T11:00'), undefined],
    ['Dinner Fri 7pm', 'Dinner', at('2026-03-13T18:00'), undefined],
    ['Gym tomorrow @ 7pm', 'Gym', at('2026-03-13T18:00'), undefined],
    ['Party Friday 22:00 to 02:00', 'Party', at('2026-03-13T21:00'), at('2026-03-14T01:00')],
    ['Friday workshop from 14:00 to 15:30', 'Workshop', at('2026-03-13T13:00'), at('2026-03-13T14:30')],
    ['Termin am 13.3. um 15 Uhr', 'Termin', at('2026-03-13T14:00'), undefined],
    ['Meeting 13.3.2026 14:00-15:30', 'Meeting', at('2026-03-13T13:00'), at('2026-03-13T14:30')],
    ['Sa. 14.3.2026 18:00 Kino', 'Kino', at('2026-03-14T17:00'), undefined],
    ['Montag 9-10 Uhr Team', 'Team', at('2026-03-16T08:00'), at('2026-03-16T09:00')],
    ['Launch 2026-03-13T19:00Z', 'Launch', at('2026-03-13T19:00'), undefined],
    ['Launch 2026-03-13T19:00+02:00', 'Launch', at('2026-03-13T17:00'), undefined],
    ['Call Friday 19:00 PST', 'Call', at('2026-03-14T03:00'), undefined],
    ['Friday 19:00 Art class', 'Art class', at('2026-03-13T18:00'), undefined],
    ['Gym Thursday 9:00', 'Gym', at('2026-03-19T08:00'), undefined],
    ['Gym Thursday 16:00', 'Gym', at('2026-03-12T15:00'), undefined],
  ])('%s', (text, title, startsAt, endsAt) => {
    expect(read(text)).toEqual([title, expect.any(String), startsAt, endsAt]);
  });

  it('is on the clock of the zone, with the offset of that day and not of today', () => {
    expect(read('Call on 2 April 2026 9:00')[2]).toBe(at('2026-04-02T07:00'));
    expect(read('Call on 2 April 2026 9:00', 'America/New_York')[2]).toBe(at('2026-04-02T13:00'));
    expect(read('Call tomorrow 9:00', 'Asia/Tokyo')[2]).toBe(at('2026-03-13T00:00'));
    expect(read('Call tomorrow 9:00', 'Asia/Kathmandu')[2]).toBe(at('2026-03-13T03:15'));
  });

  it('that the clocks skip lies after the jump; one that occurs twice is the first', () => {
    expect(read('Call on 2026-03-29 2:30')[2]).toBe(at('2026-03-29T01:30'));
    expect(read('Call on 2026-10-25 2:30')[2]).toBe(at('2026-10-25T00:30'));
    expect(read('Call on 2026-11-01 1:30', 'America/New_York')[2]).toBe(at('2026-11-01T05:30'));
  });

  it('that is past makes no event, and its title keeps the time', () => {
    expect(read('Standup today 9:00')).toEqual(['Standup today 9:00', '2026-03-12', undefined, undefined]);
    expect(read('Dinner 2026-03-01 19:00')).toEqual(['Dinner 2026-03-01 19:00', '2026-03-01', undefined, undefined]);
  });
});
