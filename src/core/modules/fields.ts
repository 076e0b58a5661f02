import { z } from 'zod';

/** The kinds of field that several modules share, for records and for tool parameters alike. */

export const MAX_TITLE = 500;
export const MAX_TEXT = 10_000;
export const MAX_MARKDOWN = 100_000;
/** The most entries that a read tool answers with, and how many when the planner does not say. */
export const MAX_LISTED = 100;
export const DEFAULT_LISTED = 50;

/** A line of text that must say something: trimmed, 1 to `max` characters. */
export const line = (max = MAX_TITLE) =>
  z.string().trim().min(1, 'must not be empty').max(max, `must be at most ${max} characters`);

/** Text of any number of lines, kept as it is written. */
export const text = (max = MAX_TEXT) => z.string().max(max, `must be at most ${max} characters`);

/** The id of a record. */
export const recordId = () => z.string().min(1, 'must not be empty').max(200, 'a record id has at most 200 characters');

/**
 * A calendar day. As a check and not as `z.iso.date()`, whose long pattern would stand in every prompt;
 * the model gets `format: date`.
 */
export const day = () => z.string().refine(isDay, 'must be a real date as YYYY-MM-DD').meta({ format: 'date' });

/** A moment, ISO 8601 with `Z` or an offset: without one it would mean another moment on every machine. */
export const moment = () =>
  z
    .string()
    .refine(isMoment, 'must be a time with an offset or Z, for example 2026-03-01T10:00:00+01:00')
    .meta({ format: 'date-time' });

/** How many entries a read tool shall answer with. */
export const limit = () =>
  z
    .int()
    .min(1)
    .max(MAX_LISTED)
    .default(DEFAULT_LISTED)
    .describe(`How many to answer with at most, 1 to ${MAX_LISTED}; ${DEFAULT_LISTED} when absent`);

/** True for a date that exists, written `YYYY-MM-DD`. */
export function isDay(value: unknown): value is string {
  return isoDay.safeParse(value).success;
}

/** True for a time that exists, ISO 8601 with `Z` or an offset. */
export function isMoment(value: unknown): value is string {
  return isoMoment.safeParse(value).success;
}

const isoDay = z.iso.date();
const isoMoment = z.iso.datetime({ offset: true });
