import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { type Database, RUNNER_SESSION } from '../database/database.ts';
import { describeError } from '../describe-error.ts';

/** Marks the proposals whose time to decide is over. What fails here is done by the next sweep. */
export async function expireProposals(db: Database, clock: Clock, log: Logger): Promise<void> {
  try {
    const now = clock.databaseNow();
    const users = await db.run<{ userId: string }>(
      RUNNER_SESSION,
      sql`select users_with_expired_proposals as "userId" from users_with_expired_proposals(100, ${now})`,
    );
    for (const { userId } of users) {
      await db.run(RUNNER_SESSION, sql`select expire_proposals(${userId}, ${now})`);
      db.announce(userId);
    }
  } catch (error) {
    log.warn({ failure: describeError(error) }, 'could not expire proposals; the next sweep will');
  }
}
