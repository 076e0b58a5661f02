import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { userSession } from '../../src/database/database.ts';
import { migratePostgres } from '../../src/database/migrate.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { missionRow, writeMission } from '../support/missions.ts';

let engine: TestEngine;
beforeEach(async () => {
  engine = await openTestPostgres();
});
afterEach(() => engine.close());

async function asAdmin(text: string): Promise<void> {
  const url = new URL(inject('postgresUrl'));
  url.pathname = new URL(engine.url).pathname;
  const admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  await admin.query(text);
  await admin.end();
}

test('a restart beside a long read waits for nobody', async () => {
  const reader = new pg.Client({ connectionString: engine.url });
  await reader.connect();
  await reader.query('begin; select count(*) from records');
  await migratePostgres(engine.url, () => {
    throw new Error('waited');
  });
  await reader.query('rollback');
  await reader.end();
});

test('another build makes its functions anew, whatever the last one left, and keeps the data', async () => {
  await writeMission(engine.db, 'u', 'm1');
  await asAdmin(`comment on table sync_changes is 'pg-missions of before';
    grant create on schema public to app_definer; set role app_definer;
    drop function read_iterations cascade;
    create function read_iterations(p_user_id text, p_mission_id text, p_limit int) returns int language sql as 'select 1';
    create function gone() returns int language sql as 'select 1'`);
  await migratePostgres(engine.url);
  await writeMission(engine.db, 'u', 'm1', { title: 'Other' }, 'update');
  expect(await missionRow(engine.db, 'u', 'm1')).toMatchObject({ wanted: 2 });
  const rows = await engine.db.run(
    userSession('u'),
    sql`
    select to_regprocedure('gone()') is null as gone, (select iterations::text from mission_details) as iterations`,
  );
  expect(rows).toEqual([{ gone: true, iterations: '[]' }]);
});

test('another build waits for a reader in short turns, and says so', async () => {
  const reader = new pg.Client({ connectionString: engine.url });
  await reader.connect();
  await reader.query('begin; select count(*) from records');
  await asAdmin(`comment on table sync_changes is 'pg-missions of before'`);
  let waits = 0;
  await migratePostgres(engine.url, () => {
    waits += 1;
    void reader.query('rollback');
  });
  await reader.end();
  expect(waits).toBeGreaterThan(0);
});

test('a change of a table waits for a reader in short turns as well', async () => {
  // As before the last migration.
  await asAdmin(`drop table spending; comment on table sync_changes is null;
    alter table missions drop column lapses, drop column reserved, drop column spent_on, drop column spent_tokens, drop column held;
    delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations)`);
  const writer = new pg.Client({ connectionString: engine.url });
  await writer.connect();
  await writer.query('begin; lock table missions in row exclusive mode');
  let waits = 0;
  await migratePostgres(engine.url, () => {
    waits += 1;
    void writer.query('rollback');
  });
  await writer.end();
  expect(waits).toBeGreaterThan(0);
  const rows = await engine.db.run(userSession('u'), sql`select to_regclass('spending') is not null as made`);
  expect(rows).toEqual([{ made: true }]);
});
