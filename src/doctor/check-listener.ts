import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { type Check, error, ok, type Query } from './check.ts';
import { connect } from './connect.ts';
import { describeFailure } from './describe-failure.ts';

const HEARD_WITHIN_MS = 3_000;

/** Whether a NOTIFY on the one connection is heard by a LISTEN on the other, which a transaction pooler swallows. */
export async function checkListener(listenUrl: string, query: Query): Promise<Check> {
  const name = 'notifications';
  let listening: pg.Client;
  try {
    listening = await connect(listenUrl);
  } catch (failure) {
    return error(
      name,
      describeFailure(failure),
      'set DATABASE_DIRECT_URL to a Postgres URL that leads past the pooler',
    );
  }
  try {
    const word = randomUUID();
    // A channel of its own: the service's are for the service.
    await listening.query('listen pg_missions_doctor');
    const heard = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), HEARD_WITHIN_MS);
      listening.on('notification', ({ payload }) => {
        if (payload !== word) return;
        clearTimeout(timer);
        resolve(true);
      });
    });
    await query(`select pg_notify('pg_missions_doctor', '${word}')`);
    return (await heard)
      ? ok(name, 'a NOTIFY is heard at once')
      : error(
          name,
          `a NOTIFY was not heard in ${HEARD_WITHIN_MS / 1_000} s: a transaction pooler swallows it`,
          'set DATABASE_DIRECT_URL to the same database past the pooler',
        );
  } finally {
    await listening.end();
  }
}
