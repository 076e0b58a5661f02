import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { describeError } from '../describe-error.ts';
import type { Database, OnAppended } from './database.ts';
import { migratePglite, migratePostgres } from './migrate.ts';
import { openStore, type Store } from './pglite/open-store.ts';
import { pgliteDatabase } from './pglite/pglite-database.ts';
import { storeDirectory } from './pglite/store-directory.ts';
import { openPostgres } from './postgres/open-postgres.ts';

export interface DatabaseConfig {
  DATABASE_URL?: string | undefined;
  DATABASE_DIRECT_URL?: string | undefined;
  DATABASE_POOL_SIZE: number;
  DATA_DIR: string;
}

/** How long a start waits for a Postgres that is not there yet, as when both are started together. */
const WAIT_FOR_SERVER_MS = 30_000;

const MIGRATION_MS = 60_000;

/**
 * Opens the database that the configuration names, embedded when it names none, and brings it to this build's schema.
 * `opened`: the embedded one, where it is open already.
 */
export async function openDatabase(
  config: DatabaseConfig,
  log: Logger,
  onAppended?: OnAppended,
  opened?: Store | null,
): Promise<Database> {
  if (config.DATABASE_URL === undefined) {
    const store = opened ?? (await openStore(storeDirectory(config.DATA_DIR), { log }));
    try {
      await store.engine.alone(
        (send) =>
          migratePglite({
            exec: (text) => send([{ text }]),
            query: async (text, values) => ({ rows: await send([{ text, values }]) }),
          }),
        MIGRATION_MS,
      );
    } catch (error) {
      await store.close();
      throw error;
    }
    return pgliteDatabase(store.engine, store.close, onAppended);
  }
  const direct = config.DATABASE_DIRECT_URL ?? config.DATABASE_URL;
  await whenServerAnswers(log, () =>
    migratePostgres(direct, () => log.warn('migration: waiting for open transactions of others')),
  );
  return openPostgres({
    connectionString: config.DATABASE_URL,
    directConnectionString: direct,
    poolSize: config.DATABASE_POOL_SIZE,
    onAppended,
    onError: (error) => log.warn({ failure: describeError(error) }, 'a pooled connection broke'),
  });
}

/** A pool on a hot standby of the same database, to read from. Not waited for: until it answers, the primary does. */
export function openReplica(url: string, poolSize: number, log: Logger): Pick<Database, 'run' | 'runTexts' | 'close'> {
  const onError = (error: Error) => log.warn({ failure: describeError(error) }, 'a connection to the replica broke');
  return openPostgres({ connectionString: url, poolSize, onError });
}

async function whenServerAnswers(log: Logger, act: () => Promise<void>): Promise<void> {
  for (const until = Date.now() + WAIT_FOR_SERVER_MS; ; ) {
    try {
      return await act();
    } catch (error) {
      if (!isNotThereYet(error) || Date.now() > until) throw error;
      log.warn('Postgres does not answer yet; trying again');
      await delay(1_000);
    }
  }
}

/** Refused, or "the database system is starting up" (57P03): worth waiting for, as a wrong password is not. */
function isNotThereYet(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNREFUSED' || code === '57P03';
}
