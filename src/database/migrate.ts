import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PGlite } from '@electric-sql/pglite';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { migrate as migratePostgresTables } from 'drizzle-orm/node-postgres/migrator';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import { migrate as migratePgliteTables } from 'drizzle-orm/pglite/migrator';
import pg from 'pg';

/** Where the SQL lives: found upwards from this file, which runs from src/ as well as from dist/. */
const SQL_FOLDER = findSqlFolder();
const MIGRATIONS = { migrationsFolder: `${SQL_FOLDER}migrations` };

/** Any constant will do; this one spells "pgmi". */
const MIGRATE_LOCK = 0x70676d69;

/**
 * Brings a database to this build's schema: roles, tables (numbered migrations, each once), then every function,
 * trigger, view and policy anew from its file. Running it again changes nothing; processes that start together take turns.
 */
export async function migratePostgres(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString, application_name: 'pg-missions-migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATE_LOCK]);
    await applyAll(
      (text) => client.query(text),
      () => migratePostgresTables(drizzlePostgres(client), MIGRATIONS),
    );
  } finally {
    await client.end();
  }
}

export function migratePglite(pglite: PGlite): Promise<void> {
  return applyAll(
    (text) => pglite.exec(text),
    () => migratePgliteTables(drizzlePglite(pglite), MIGRATIONS),
  );
}

async function applyAll(execute: (text: string) => Promise<unknown>, migrateTables: () => Promise<void>) {
  await execute(`begin; ${readSql('roles').join('\n')}; commit`);
  await migrateTables();
  await execute(
    [
      'begin',
      // A function may name another that comes later in the alphabet.
      'set local check_function_bodies = off',
      'set local role app_definer',
      ...readSql('functions'),
      GRANT_TRIGGER_FUNCTIONS,
      'reset role',
      ...readSql('triggers'),
      ...readSql('views'),
      ...readSql('policies'),
      'commit',
    ].join(';\n'),
  );
}

/** Creating a trigger asks for the right to call its function; the tables belong to the login, the functions do not. */
const GRANT_TRIGGER_FUNCTIONS =
  'grant execute on function take_log_head(), admit_change(), fold_changes(), refuse_rewrite() to session_user';

function readSql(folder: string): string[] {
  const path = `${SQL_FOLDER}${folder}/`;
  return readdirSync(path)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => readFileSync(`${path}${file}`, 'utf8'));
}

function findSqlFolder(): string {
  for (const up of ['../../db/', '../../../db/']) {
    const path = fileURLToPath(new URL(up, import.meta.url));
    try {
      if (readdirSync(path).includes('migrations')) return path;
    } catch {
      // Not here: look one folder further up.
    }
  }
  throw new Error('the db/ folder with the SQL of pg-missions is missing from this installation');
}
