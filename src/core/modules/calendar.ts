import { z } from 'zod';
import type { Json } from '../json.ts';
import { dayIn } from './day-in.ts';
import { insertOne } from './effects.ts';
import { isMoment, line, MAX_LISTED, moment, text } from './fields.ts';
import { type Module, type RecordView, readTool, writeTool } from './module.ts';
import { compareText, describeLines, fieldOf, heading, known, nameOf, oneLine, textOf } from './reading.ts';

const EVENTS = 'events';
const ENDS_TOO_EARLY = 'must be after startsAt';

const eventSchema = z
  .looseObject({
    title: line(),
    startsAt: moment(),
    endsAt: moment().nullish(),
    location: line().nullish(),
    notes: text().nullish(),
    allDay: z.boolean().nullish(),
  })
  // `when`: also where another field is at fault or, in a partial record, absent.
  .refine(endsAfterStart, { path: ['endsAt'], error: ENDS_TOO_EARLY, when: () => true });

const createEvent = writeTool({
  name: 'create_event',
  description: 'Create an event in the calendar.',
  parameters: z
    .strictObject({
      title: line().describe('What happens, as one line'),
      startsAt: moment().describe(
        'When it begins: ISO 8601 with an offset or Z, for example 2026-03-01T10:00:00+01:00',
      ),
      endsAt: moment().optional().describe('When it ends, written like startsAt and after it'),
      location: line().optional().describe('Where it happens'),
      notes: text().optional().describe('Details, as plain text'),
      allDay: z.boolean().optional().describe('True when it fills the whole day that startsAt names'),
    })
    .refine(endsAfterStart, { path: ['endsAt'], error: ENDS_TOO_EARLY, when: () => true }),
  needs: () => [],
  summarise: ({ title, startsAt, location }) =>
    `Create the event "${oneLine(title)}" on ${startsAt}${location ? ` at ${oneLine(location)}` : ''}`,
  apply: (params, context) => insertOne(EVENTS, eventSchema, params, context),
});

const getTodaysEvents = readTool({
  name: 'get_todays_events',
  description:
    "List the events of today in the mission's time zone, in order, with those that began earlier and go on.",
  parameters: z.strictObject({}),
  needs: () => [{ table: EVENTS }],
  read: (_, { list, now, timeZone }) => {
    const dayOf = dayIn(timeZone);
    const today = dayOf(now);
    const events = list(EVENTS).flatMap((event) => {
      const span = spanOf(event, dayOf);
      return span && span.firstDay <= today && today <= span.lastDay ? [{ event, ...span }] : [];
    });
    events.sort(
      (a, b) => Number(b.allDay) - Number(a.allDay) || a.begins - b.begins || compareText(a.event.id, b.event.id),
    );
    return { date: today, timeZone, total: events.length, events: events.slice(0, MAX_LISTED).map(listed) };
  },
  shows: { [EVENTS]: ['title', 'startsAt', 'endsAt', 'allDay', 'location'] },
});

/** Events: what happens at a time. */
export const calendar: Module = {
  appId: 'calendar',
  title: 'Calendar',
  collections: {
    [EVENTS]: {
      schema: eventSchema,
      label: (event) => nameOf(event, 'title'),
      describe: (event) =>
        describeLines(heading('Event', event, 'title'), [
          ['Starts', textOf(event, 'startsAt')],
          ['Ends', textOf(event, 'endsAt')],
          ['All day', fieldOf(event, 'allDay') === true ? 'yes' : undefined],
          ['Location', textOf(event, 'location')],
          ['Notes', textOf(event, 'notes')],
        ]),
      shows: ['title', 'startsAt', 'endsAt', 'allDay', 'location', 'notes'],
    },
  },
  tools: [createEvent, getTodaysEvents],
};

/** True unless both times can be read and the end is not after the start. Other faults are for the fields' own checks. */
function endsAfterStart(event: unknown): boolean {
  const { startsAt, endsAt } = (event ?? {}) as Record<string, unknown>;
  return !isMoment(startsAt) || !isMoment(endsAt) || Date.parse(endsAt) > Date.parse(startsAt);
}

interface Span {
  begins: number;
  firstDay: string;
  lastDay: string;
  allDay: boolean;
}

/** The days that an event touches; undefined when its start cannot be read. An end at midnight does not touch the new day. */
function spanOf(event: RecordView, localDay: (moment: Date) => string): Span | undefined {
  const startsAt = fieldOf(event, 'startsAt');
  const endsAt = fieldOf(event, 'endsAt');
  if (!isMoment(startsAt)) return undefined;
  const allDay = fieldOf(event, 'allDay') === true;
  const dayOf = (iso: string, before: number) =>
    allDay ? writtenDay(iso, before) : localDay(new Date(Date.parse(iso) - before));
  const begins = Date.parse(startsAt);
  const firstDay = dayOf(startsAt, 0);
  const lastDay = isMoment(endsAt) && Date.parse(endsAt) > begins ? dayOf(endsAt, 1) : firstDay;
  return { begins, firstDay, lastDay, allDay };
}

/**
 * The day as it stands in the text, less some milliseconds. A whole day is that day wherever the reader is: a birthday
 * does not begin the evening before.
 */
function writtenDay(iso: string, before: number): string {
  return new Date(Date.parse(`${iso.slice(0, 16)}Z`) - before).toISOString().slice(0, 10);
}

function listed({ event, allDay }: { event: RecordView; allDay: boolean }): Json {
  return known({
    id: event.id,
    title: nameOf(event, 'title'),
    startsAt: textOf(event, 'startsAt'),
    endsAt: textOf(event, 'endsAt'),
    allDay: allDay || undefined,
    location: textOf(event, 'location'),
  });
}
