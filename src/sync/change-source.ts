import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { type Database, RUNNER_SESSION, userSession } from '../database/database.ts';
import { describeError } from '../describe-error.ts';
import { type ChangesPage, type ChangesQuery, readPage } from './read-page.ts';

/** Where pulls and streams read people's logs. */
export interface ChangeSource {
  read(userId: string, query: ChangesQuery): Promise<ChangesPage>;
}

type Reader = Pick<Database, 'run' | 'runTexts'>;

export interface ChangeSourceOptions {
  db: Reader;
  /** A hot standby of the same database. What it has not replayed is not there yet; what it cannot say, `db` is asked. */
  replica?: Reader | undefined;
  clock: Clock;
  log: Logger;
}

/** How long a replica that failed is left alone, and how long the primary's epoch is taken for granted. */
const REPLICA_REST_MS = 1_000;
const EPOCH_MS = 5_000;

/**
 * Reads from the replica where there is one, else from the database itself. A replica never has the last word on a cursor:
 * after a failover it knows the new timeline only at its next restart point, so its epoch must be the primary's.
 */
export function createChangeSource({ db, replica, clock, log }: ChangeSourceOptions): ChangeSource {
  let restUntil = 0;
  let epoch: { value: Promise<string>; until: number } | null = null;

  function primaryEpoch(): Promise<string> {
    const now = clock.now().getTime();
    if (!epoch || now >= epoch.until) {
      const value = db
        .run<{ epoch: string }>(RUNNER_SESSION, sql`select server_epoch() as epoch`)
        .then(([row]) => row?.epoch ?? '');
      epoch = { value, until: now + EPOCH_MS };
      value.catch(() => {
        epoch = null;
      });
    }
    return epoch.value;
  }

  async function readReplica(from: Reader, userId: string, query: ChangesQuery): Promise<ChangesPage | null> {
    if (clock.now().getTime() < restUntil) return null;
    try {
      const page = await readOn(from, userId, query);
      if (!page.ok) return null;
      if (page.serverEpoch === null) throw new Error('it is no standby (any more)');
      return page.serverEpoch === (await primaryEpoch()) ? page : null;
    } catch (error) {
      restUntil = clock.now().getTime() + REPLICA_REST_MS;
      log.warn({ failure: describeError(error) }, 'could not read from the replica; reading from the primary');
      return null;
    }
  }

  return {
    async read(userId, query) {
      return (replica && (await readReplica(replica, userId, query))) ?? readOn(db, userId, query);
    },
  };
}

function readOn(reader: Reader, userId: string, query: ChangesQuery): Promise<ChangesPage> {
  return readPage((statement, onRow) => reader.runTexts(userSession(userId), statement, onRow), query);
}
