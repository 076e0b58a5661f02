import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { migratePostgres } from '../../src/database/migrate.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import type { TestEngine } from '../support/engines.ts';
import { SERVICE_LOGIN, serviceUrl } from '../support/global-setup.ts';

/**
 * A migrated Postgres database whose texts sort by the rules of a language (ICU, en-US), as most servers' do: there 'a'
 * comes before 'Z', and whoever forgets to say `collate "C"` has another merge law. The test servers' default is "C".
 */
export async function openSortingAsPeople(): Promise<TestEngine> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await execute(`create database ${name} owner ${SERVICE_LOGIN} template template0 encoding 'UTF8'
    locale_provider icu icu_locale 'en-US'`);
  const url = serviceUrl(inject('postgresUrl'), name);
  await migratePostgres(url);
  const db = openPostgres({ connectionString: url, poolSize: 5, onError: () => {} });
  return {
    db,
    url,
    async close() {
      await db.close();
      await execute(`drop database ${name} with (force)`);
    },
  };
}

async function execute(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
