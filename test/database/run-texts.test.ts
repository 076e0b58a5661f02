// A read whose statement or connection fails is told so: it was once waited for for ever, with the connection it had.
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { userSession } from '../../src/database/database.ts';
import { onBothEngines, openTestPostgres, type TestEngine } from '../support/engines.ts';
import { until } from '../support/until.ts';

onBothEngines((engine) => {
  test('a statement that fails', async () => {
    const read = (statement: ReturnType<typeof sql>) => engine().db.runTexts(userSession('u'), statement, () => {});
    await expect(read(sql`select (1 / n)::text from generate_series(1, 0, -1) as n`)).rejects.toThrow(
      'division by zero',
    );
    await expect(read(sql`select nothing::text`)).rejects.toThrow('does not exist');
    await read(sql`select 1::text`);
  });

  test('a reader that throws', async () => {
    const boom = () => {
      throw new Error('boom');
    };
    await expect(engine().db.runTexts(userSession('u'), sql`select 1::text`, boom)).rejects.toThrow('boom');
  });
});

let engine: TestEngine;
let admin: pg.Client;
beforeAll(async () => {
  engine = await openTestPostgres();
  admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await engine.close();
});

test('a connection that breaks, for all who share it', async () => {
  const read = () => engine.db.runTexts(userSession('u'), sql`select pg_sleep(3600)::text`, () => {});
  const reads = Array.from({ length: 25 }, () => expect(read()).rejects.toThrow());
  const name = new URL(engine.url).pathname.slice(1);
  const end = () =>
    admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and query like '%pg_sleep%'`,
    );
  await until(async () => ((await end()).rowCount ?? 0) > 0);
  const ending = setInterval(() => void end(), 50);
  await Promise.all(reads);
  clearInterval(ending);
  await engine.db.runTexts(userSession('u'), sql`select 1::text`, () => {});
});
