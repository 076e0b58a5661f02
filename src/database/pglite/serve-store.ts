import type { Logger } from 'pino';
import { openStore, type Store } from './open-store.ts';
import { storeDirectory } from './store-directory.ts';

/**
 * The engine is one session, so that a statement that goes on and on keeps everybody waiting. With the opening anew, of 0.6
 * to 1 s, nobody waits longer than 5 s. (On a Postgres, where it keeps nobody, it may take 60 s: ../statement.ts.)
 */
const STATEMENT_MS = 4_000;

/** The embedded store as the service opens it; null when the configuration names a Postgres. */
export async function serveStore(
  config: { DATABASE_URL?: string | undefined; DATA_DIR: string },
  log: Logger,
): Promise<Store | null> {
  if (config.DATABASE_URL !== undefined) return null;
  return openStore(storeDirectory(config.DATA_DIR), { log, statementMs: STATEMENT_MS });
}
