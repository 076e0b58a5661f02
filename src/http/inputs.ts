import { z } from '@hono/zod-openapi';

/** The kinds of path and query parameter that several resources share. */

/** Ids that the person chooses have 200 characters at most; those derived from them (iterations, effects) up to 255. */
export const MAX_CHOSEN_ID = 200;
const MAX_DERIVED_ID = 255;
const CONTROL = /[\u0000-\u001f\u007f]/;

/** A URL drops the segments `.` and `..`, so what has such an id could not be reached. */
export const chosenId = () =>
  id(MAX_CHOSEN_ID).refine((value) => value !== '.' && value !== '..', 'must not be . or ..');
export const anyId = () => id(MAX_DERIVED_ID);

function id(max: number) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .refine((value) => !CONTROL.test(value) && value.isWellFormed(), 'must not hold control characters');
}

/** How many entries a page has. */
export function pageSize(max: number, fallback: number) {
  const error = `must be a whole number from 1 to ${max}`;
  return z
    .string()
    .regex(/^\d{1,6}$/, error)
    .transform(Number)
    .pipe(z.number().min(1, error).max(max, error))
    .default(fallback)
    .openapi({ type: 'integer', minimum: 1, maximum: max, default: fallback });
}

/** Where a page goes on: the cursor that came with the page before. To the caller it is opaque; it is a log position. */
export function cursor() {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'must be a cursor as the page before gave it')
    .transform(Number)
    .optional()
    .openapi({ type: 'string' });
}
