// A read that fails is told of, whatever it was that failed: the statement, or the connection in the middle of it.
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, userSession } from '../../../src/database/database.ts';
import { openPostgres } from '../../../src/database/postgres/open-postgres.ts';
import { openTestPostgres, type TestEngine } from '../../support/engines.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';

let engine: TestEngine;
let proxy: TcpProxy;
let url: string;
let db: Database;

beforeAll(async () => {
  engine = await openTestPostgres();
  const direct = new URL(engine.url);
  proxy = await startTcpProxy(Number(direct.port));
  url = Object.assign(direct, { port: proxy.port }).href;
  db = openPostgres({ connectionString: url, poolSize: 2, onError: () => {} });
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

test.each(['client', 'server'] as const)(
  'the connection, which the network has forgotten but for the %s',
  async (kept) => {
    // Of all that is asked here, also what must be answered on a busy machine.
    const impatient = `${url}?query_timeout=5000`;
    // One connection: whoever comes next needs the place of the one that was lost.
    const other = openPostgres({ connectionString: impatient, poolSize: 1, onError: () => {} });
    const ask = () => other.run<{ there: number }>(userSession('u'), sql`select 1 as there`);
    expect(await ask()).toEqual([{ there: 1 }]);
    proxy.halfOpen(kept);
    // Where it is told, the pool knows before it is asked.
    if (kept === 'client') await expect(ask()).rejects.toThrow('Query read timeout');
    else await until(() => ask().catch(() => null));
    expect(await ask()).toEqual([{ there: 1 }]);
    await proxy.resume();
    await other.close();
  },
);

test('what is done with a row', async () => {
  const fails = db.runTexts(userSession('u'), sql`select 'there'`, () => {
    throw new Error('cannot take it');
  });
  await expect(fails).rejects.toThrow('cannot take it');
});
