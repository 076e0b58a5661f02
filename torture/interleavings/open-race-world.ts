import pg from 'pg';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { createDatabase } from '../../test/support/create-database.ts';
import { MIGRATED_TEMPLATE, SERVICE_LOGIN, serviceUrl } from '../../test/support/global-setup.ts';
import type { RaceWorld } from './interleave.ts';

/** A database of its own, migrated and empty. */
export async function openRaceWorld(adminUrl: string): Promise<RaceWorld & { close(): Promise<void> }> {
  const database = await createDatabase(adminUrl, { template: MIGRATED_TEMPLATE, owner: SERVICE_LOGIN });
  const url = serviceUrl(adminUrl, new URL(database.url).pathname.slice(1));
  const db = openPostgres({ connectionString: url, poolSize: 4, onAppended: () => {}, onError: () => {} });
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  return {
    db,
    admin,
    url,
    async close() {
      await admin.end();
      await db.close();
      await database.drop();
    },
  };
}
