import type { Json, JsonObject } from '../../../core/json.ts';
import { fromLocalMoment, toLocalMoment } from '../../records/local-moment.ts';
import { shiftDay } from './month-grid.ts';
import type { ShownEvent } from './read-event.ts';

/** What stands in the form of an event: days as `2026-03-31`, times as `10:00`; empty: not given. */
export interface EventForm {
  title: string;
  isAllDay: boolean;
  startDay: string;
  startTime: string;
  endDay: string;
  endTime: string;
  location: string;
  notes: string;
}

/** The form of a new event on a day. */
export function newEventForm(day: string, time: string): EventForm {
  return {
    ...{ title: '', isAllDay: false, startDay: day, startTime: time, endDay: '', endTime: '' },
    ...{ location: '', notes: '' },
  };
}

/** The form of an event that there is. */
export function toEventForm({ title, isAllDay, location, notes, span }: ShownEvent): EventForm {
  const form = { ...newEventForm('', ''), title, isAllDay, location, notes };
  if (!span) return form;
  const { begins, ends, firstDay, lastDay } = span;
  if (isAllDay) return { ...form, startDay: firstDay, endDay: lastDay > firstDay ? lastDay : '' };
  const [startDay = '', startTime = ''] = toLocalMoment(begins.toISOString()).split('T');
  const [endDay = '', endTime = ''] = ends ? toLocalMoment(ends.toISOString()).split('T') : [];
  return { ...form, startDay, startTime, endDay, endTime };
}

/** The fields that a form says. What cannot be read stays text, which the event's own schema then refuses. */
export function fromEventForm(form: EventForm): JsonObject {
  const { title, isAllDay, location, notes } = form;
  return {
    title,
    startsAt: isAllDay ? momentOf(form.startDay, '00:00') : momentOf(form.startDay, form.startTime || '00:00'),
    endsAt: endOf(form),
    allDay: isAllDay || null,
    location: location.trim() || null,
    notes: notes.trim() === '' ? null : notes,
  };
}

/** The fields to be written of an event that there is: a time that says the same as before stays as it was written. */
export function keepMoments(before: JsonObject, after: JsonObject): JsonObject {
  const isAllDay = after.allDay === true;
  if ((before.allDay === true) !== isAllDay) return after;
  // A whole day is the one that is written, in whatever zone.
  const meaning = (moment: Json | undefined) => (isAllDay ? String(moment).slice(0, 10) : Date.parse(String(moment)));
  const kept = ['startsAt', 'endsAt'].filter((field) => meaning(before[field]) === meaning(after[field]));
  return { ...after, ...Object.fromEntries(kept.map((field) => [field, before[field] ?? null])) };
}

/** An event that fills days ends when the day after the last of them begins. */
function endOf({ isAllDay, startDay, endDay, endTime }: EventForm): Json {
  if (isAllDay) return endDay === '' || endDay === startDay ? null : momentOf(nextDay(endDay), '00:00');
  if (endTime !== '') return momentOf(endDay || startDay, endTime);
  return endDay === '' || endDay === startDay ? null : momentOf(endDay, '23:59');
}

function nextDay(day: string): string {
  return Number.isNaN(Date.parse(day)) ? day : shiftDay(day, 1);
}

function momentOf(day: string, time: string): string {
  return fromLocalMoment(`${day}T${time}`) ?? '';
}
