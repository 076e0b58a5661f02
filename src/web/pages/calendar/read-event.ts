import { isMoment } from '../../../core/modules/fields.ts';
import { fieldOf, nameOf, textOf } from '../../../core/modules/reading.ts';
import { localDay } from '../../records/local-moment.ts';
import type { RecordRow } from '../../replica/database.ts';

export interface ShownEvent {
  record: RecordRow;
  title: string;
  location: string;
  notes: string;
  /** It fills whole days, the same ones wherever the reader is. */
  isAllDay: boolean;
  /** Undefined when its start cannot be read. */
  span: Span | undefined;
}

export interface Span {
  begins: Date;
  /** Undefined: the end is open. */
  ends: Date | undefined;
  /** The days that it touches on the reader's clock, `2026-03-31`. An end at midnight does not touch the new day. */
  firstDay: string;
  lastDay: string;
}

/** An event's record as it is shown, whatever another client wrote into it. */
export function readEvent(record: RecordRow): ShownEvent {
  const isAllDay = fieldOf(record, 'allDay') === true;
  return {
    record,
    title: nameOf(record, 'title'),
    location: textOf(record, 'location') ?? '',
    notes: textOf(record, 'notes') ?? '',
    isAllDay,
    span: spanOf(fieldOf(record, 'startsAt'), fieldOf(record, 'endsAt'), isAllDay),
  };
}

function spanOf(startsAt: unknown, endsAt: unknown, isAllDay: boolean): Span | undefined {
  if (!isMoment(startsAt)) return undefined;
  const begins = new Date(startsAt);
  const firstDay = isAllDay ? writtenDay(startsAt, 0) : localDay(begins);
  if (!isMoment(endsAt) || Date.parse(endsAt) <= begins.getTime()) {
    return { begins, ends: undefined, firstDay, lastDay: firstDay };
  }
  const ends = new Date(endsAt);
  const lastDay = isAllDay ? writtenDay(endsAt, 1) : localDay(new Date(ends.getTime() - 1));
  return { begins, ends, firstDay, lastDay: lastDay < firstDay ? firstDay : lastDay };
}

/** The day as it stands in the text, less some milliseconds. */
function writtenDay(iso: string, before: number): string {
  return new Date(Date.parse(`${iso.slice(0, 16)}Z`) - before).toISOString().slice(0, 10);
}
