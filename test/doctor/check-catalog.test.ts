import { PGlite } from '@electric-sql/pglite';
import { dataDir } from '@electric-sql/pglite-prepopulatedfs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migratePglite } from '../../src/database/migrate.ts';
import { checkCatalog } from '../../src/doctor/check-catalog.ts';

let pglite: PGlite;
beforeAll(async () => {
  pglite = await PGlite.create({ loadDataDir: await dataDir() });
});
afterAll(() => pglite.close());

/** What is wrong, of a login that is to be bound as on Postgres (`postgres`), or need not be (`pglite`). */
async function wrong(kind: 'postgres' | 'pglite' = 'pglite') {
  const checks = await checkCatalog(async <Row>(text: string) => (await pglite.query<Row>(text)).rows, kind);
  return checks.filter(({ status }) => status !== 'ok');
}

test('a database without a schema yet is in order', async () => {
  expect(await wrong()).toEqual([]);
});

test('a migrated one is in order; its superuser is an error wherever others can log in', async () => {
  await migratePglite(pglite);
  expect(await wrong()).toEqual([]);
  expect(await wrong('postgres')).toMatchObject([
    { name: 'login', status: 'error', found: expect.stringContaining('superuser') },
  ]);
});

test.each([
  [
    'a trigger that a replica session skips',
    'alter table sync_changes enable trigger tg_sync_changes__300_fold_changes',
    'alter table sync_changes enable always trigger tg_sync_changes__300_fold_changes',
    { name: 'triggers', status: 'error', found: expect.stringContaining('tg_sync_changes__300_fold_changes') },
  ],
  [
    'a trigger that is off',
    'alter table sync_changes disable trigger tg_sync_changes__900_refuse_truncate',
    'alter table sync_changes enable always trigger tg_sync_changes__900_refuse_truncate',
    { name: 'triggers', status: 'error', found: expect.stringContaining('refuse_truncate') },
  ],
  [
    'a role that can log in',
    'alter role app_user login',
    'alter role app_user nologin',
    {
      name: 'roles',
      status: 'error',
      found: expect.stringContaining('app_user'),
      mend: expect.stringContaining('nologin'),
    },
  ],
  [
    'a role above row-level security',
    'alter role app_operator bypassrls',
    'alter role app_operator nobypassrls',
    { name: 'roles', status: 'error', found: expect.stringContaining('app_operator') },
  ],
  [
    'a table whose owner is not bound',
    'alter table records no force row level security',
    'alter table records force row level security',
    { name: 'isolation', status: 'error', found: expect.stringContaining('records') },
  ],
  [
    'a new table without row-level security',
    'create table public.leak (user_id text)',
    'drop table public.leak',
    { name: 'isolation', status: 'error', mend: expect.stringContaining('alter table leak enable row level security') },
  ],
  [
    'the SQL of another build',
    `comment on table sync_changes is 'pg-missions another'`,
    null,
    { name: 'schema', status: 'warning', mend: expect.stringContaining('start the service') },
  ],
])('%s is found, with its mend, and only that', async (_, damage, repair, expected) => {
  await pglite.exec(damage);
  expect(await wrong()).toMatchObject([expected]);
  await (repair === null ? migratePglite(pglite) : pglite.exec(repair));
  expect(await wrong()).toEqual([]);
});

test('whichever of the log’s triggers is off, it is found', async () => {
  const { rows } = await pglite.query<{ name: string }>(
    `select tgname as name from pg_trigger where tgrelid = 'sync_changes'::regclass and not tgisinternal`,
  );
  expect(rows.length).toBeGreaterThanOrEqual(6);
  for (const { name } of rows) {
    await pglite.exec(`alter table sync_changes disable trigger ${name}`);
    expect(await wrong()).toMatchObject([{ name: 'triggers', found: expect.stringContaining(name) }]);
    await pglite.exec(`alter table sync_changes enable always trigger ${name}`);
  }
  expect(await wrong()).toEqual([]);
});
