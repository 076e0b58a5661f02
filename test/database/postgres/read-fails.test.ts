// A read that fails is told of, whatever it was that failed: the statement, or the connection in the middle of it.
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, userSession } from '../../../src/database/database.ts';
import { openPostgres } from '../../../src/database/postgres/open-postgres.ts';
import { openTestPostgres, type TestEngine } from '../../support/engines.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

let engine: TestEngine;
let proxy: TcpProxy;
let db: Database;

beforeAll(async () => {
  engine = await openTestPostgres();
  const url = new URL(engine.url);
  proxy = await startTcpProxy(Number(url.port));
  url.port = String(proxy.port);
  db = openPostgres({ connectionString: url.href, poolSize: 2, onError: () => {} });
});
afterAll(async () => {
  await db?.close();
  await proxy?.close();
  await engine?.close();
});

async function read(statement = sql`select ${'there'}::text`): Promise<string[]> {
  const texts: string[] = [];
  await db.runTexts(userSession('u'), statement, ([text]) => void texts.push(String(text)));
  return texts;
}

test('the statement', async () => {
  await expect(read(sql`select (1 / ${0}::int)::text`)).rejects.toThrow('division by zero');
  expect(await read()).toEqual(['there']);
});

test.each(['cut_before', 'cut_after'] as const)('the connection, %s', async (verdict) => {
  await read();
  let cuts = 0;
  proxy.watch((bytes) => (bytes.includes('there') && cuts++ === 0 ? verdict : 'forward'));
  await expect(read()).rejects.toThrow();
  expect(cuts).toBe(1);
  proxy.watch(null);
  expect(await read()).toEqual(['there']);
});

test('what is done with a row', async () => {
  const fails = db.runTexts(userSession('u'), sql`select 'there'`, () => {
    throw new Error('cannot take it');
  });
  await expect(fails).rejects.toThrow('cannot take it');
});
