import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { migrate as migratePostgresTables } from 'drizzle-orm/node-postgres/migrator';
import { drizzle as drizzleProxy } from 'drizzle-orm/pg-proxy';
import { migrate as migrateProxyTables } from 'drizzle-orm/pg-proxy/migrator';
import pg from 'pg';
import { findPrimary } from './postgres/find-primary.ts';
import { WITHOUT_DEADLINE } from './statement.ts';

/** Where the SQL lives: found upwards from this file, which runs from src/ as well as from dist/. */
const SQL_FOLDER = findSqlFolder();
const MIGRATIONS = { migrationsFolder: `${SQL_FOLDER}migrations` };

/** Any constant will do; this one spells "pgmi". */
const MIGRATE_LOCK = 0x70676d69;

/**
 * Brings a database to this build's schema: roles, tables (numbered migrations, each once), then every function,
 * trigger, view and policy anew from its file. A database that has this build's SQL already is left alone: to make
 * triggers and policies anew waits for every reader and stops every writer, which a mere restart must not. Processes that
 * start together take turns. `onWait` is told when others' transactions hold it up.
 */
export async function migratePostgres(databaseUrl: string, onWait = () => {}): Promise<void> {
  const connectionString = await findPrimary(databaseUrl);
  const turn = await connect(connectionString);
  const client = await connect(connectionString).catch(async (error) => {
    await turn.end();
    throw error;
  });
  try {
    // Held by a transaction, not by a session: behind a transaction pooler a session is shared, and outlives its client.
    await turn.query(`begin; set local lock_timeout = 0; ${WITHOUT_DEADLINE}`);
    await turn.query('select pg_advisory_xact_lock($1)', [MIGRATE_LOCK]);
    const engine: Engine = {
      execute: (text) => client.query(text),
      readMark: async () => (await client.query<{ mark: string | null }>(READ_MARK)).rows[0]?.mark ?? null,
      async migrateTables() {
        // drizzle's own begin then changes nothing, and its commit ends both: a change of a table waits no longer for its
        // locks than the rest, and works for as long as it takes.
        await client.query(`begin; ${PATIENCE}`);
        await migratePostgresTables(drizzlePostgres(client), MIGRATIONS);
      },
    };
    for (let attempt = 1; ; attempt++) {
      try {
        return await applyAll(engine);
      } catch (error) {
        if (!isHeldUp(error) || attempt === LOCK_ATTEMPTS) throw error;
        await client.query('rollback');
        onWait();
      }
    }
  } finally {
    await client.end();
    await turn.end();
  }
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: 'pg-missions-migrate' });
  // What breaks the connection is told by the query that it breaks.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** What of a PGlite a migration needs; whoever gives it has the session alone meanwhile. */
export interface PgliteSession {
  exec(text: string): Promise<unknown>;
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

export function migratePglite(pglite: PgliteSession): Promise<void> {
  const proxy = drizzleProxy((text, values) => pglite.query(text, values));
  const inOneTransaction = async (texts: string[]) => {
    for (const text of ['begin', ...texts, 'commit']) await pglite.exec(text);
  };
  return applyAll({
    execute: (text) => pglite.exec(text),
    readMark: async () => ((await pglite.query(READ_MARK, [])).rows as { mark: string | null }[])[0]?.mark ?? null,
    migrateTables: () => migrateProxyTables(proxy, inOneTransaction, MIGRATIONS),
  });
}

interface Engine {
  execute(text: string): Promise<unknown>;
  /** What the last migration left to know itself by. */
  readMark(): Promise<string | null>;
  migrateTables(): Promise<void>;
}

/** What of this build's SQL a database has, as text; null: none yet. Compare with buildMark(). */
export const READ_MARK = `select obj_description(to_regclass('public.sync_changes'), 'pg_class') as mark`;
/**
 * Each attempt waits half a second for each of its locks: whoever queues behind it waits no longer, and, since that is less
 * than Postgres's deadlock_timeout (1 s), it is the migration that gives way where it and a writer wait for each other.
 */
const LOCK_ATTEMPTS = 240;
const PATIENCE = `set local lock_timeout = '500ms'; ${WITHOUT_DEADLINE}`;
/** What every writer locks first: once it is held none of them is in the middle of anything. */
const STOP_WRITERS = 'lock table user_heads in access exclusive mode';

async function applyAll({ execute, readMark, migrateTables }: Engine): Promise<void> {
  const mark = buildMark();
  if ((await readMark()) === mark) return;
  await execute(`begin; ${readSql('roles').join('\n')}; commit`);
  await migrateTables();
  await execute(
    [
      'begin',
      PATIENCE,
      // A function may name another that comes later in the alphabet.
      'set local check_function_bodies = off',
      STOP_WRITERS,
      'set local role app_definer',
      DROP_FUNCTIONS,
      ...readSql('functions'),
      GRANT_TRIGGER_FUNCTIONS,
      'reset role',
      ...readSql('triggers'),
      ...readSql('views'),
      ...readSql('policies'),
      `comment on table sync_changes is '${mark}'`,
      'commit',
    ].join(';\n'),
  );
}

/** What a database bears that has this build's SQL: a hash of all of it. */
export function buildMark(): string {
  const folders = ['roles', 'migrations', 'functions', 'triggers', 'views', 'policies'];
  const hash = createHash('sha256')
    .update(JSON.stringify(folders.map(readSql)))
    .digest('hex');
  return `pg-missions ${hash}`;
}

/** A lock that did not come in time, or never would have, since others wait the other way round: to try again is all it needs. */
function isHeldUp(error: unknown): boolean {
  const { code } = ((error instanceof DrizzleQueryError ? error.cause : error) ?? {}) as { code?: unknown };
  return code === '55P03' || code === '40P01';
}

/**
 * Every function of the last build, with the triggers, views and policies that use it: all are made anew in the same
 * transaction. To replace them instead would leave those that this build no longer has, and cannot change what they return.
 */
const DROP_FUNCTIONS = `
do $$
declare
  v_function text;
begin
  for v_function in
    select proname from pg_proc where pronamespace = 'public'::regnamespace and proowner = 'app_definer'::regrole
  loop
    execute format('drop function if exists %I cascade', v_function);
  end loop;
end
$$`;

/** Creating a trigger asks for the right to call its function; the tables belong to the login, the functions do not. */
const GRANT_TRIGGER_FUNCTIONS =
  'grant execute on function take_log_head(), admit_change(), fold_changes(), refuse_rewrite(), check_erasure() to session_user';

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
