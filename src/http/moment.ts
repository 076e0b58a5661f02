import { z } from '@hono/zod-openapi';
import type { Transaction } from '../database/database.ts';
import { type Moment, readMoment } from '../log/past/read-moment.ts';
import { invalidRequest } from './problem.ts';

/** The query parameter that asks for things as they were. */
export function momentParameter() {
  return z.string().min(1, 'must not be empty').max(64, 'must have at most 64 characters').optional().openapi({
    description:
      'As it was: after the change at this position of the log, at this time (ISO 8601), or as this day began, UTC',
  });
}

/** The moment of the log that a request names. Throws a Problem that names `at`. */
export async function momentOf(tx: Transaction, at: string): Promise<Extract<Moment, { ok: true }>> {
  const moment = await readMoment(tx, at);
  if (!moment.ok) throw invalidRequest([{ path: 'at', message: moment.message }]);
  return moment;
}
