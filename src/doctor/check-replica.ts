import type { Config } from '../config.ts';
import { type Check, ok, warning } from './check.ts';
import { connect } from './connect.ts';
import { describeFailure } from './describe-failure.ts';

/** The hot standby that pulls and streams read from, where one is configured. Without it the primary is read. */
export async function checkReplica({ DATABASE_REPLICA_URL }: Config): Promise<Check[]> {
  if (DATABASE_REPLICA_URL === undefined) return [];
  try {
    const client = await connect(DATABASE_REPLICA_URL);
    try {
      const { rows } = await client.query('select pg_is_in_recovery() as standby');
      return [
        rows[0].standby
          ? ok('replica', 'answers, and is a standby')
          : warning(
              'replica',
              'answers, but is no standby',
              'set DATABASE_REPLICA_URL to a hot standby of DATABASE_URL, or leave it out',
            ),
      ];
    } finally {
      await client.end();
    }
  } catch (failure) {
    return [
      warning(
        'replica',
        `${describeFailure(failure)}; until it answers the primary is read`,
        'start it, or leave DATABASE_REPLICA_URL out',
      ),
    ];
  }
}
