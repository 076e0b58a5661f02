import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { createDatabase } from './create-database.ts';
import { startPostgresServer } from './postgres-server.ts';

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('the Postgres of the test run', () => {
  it('keeps commits visible as in production, in UTF-8, on loopback only', async () => {
    const [row] = await ask(
      inject('postgresUrl'),
      `select current_setting('server_encoding') as encoding, current_setting('synchronous_commit') as synchronous,
              current_setting('listen_addresses') as addresses, upper('äö') as folded`,
    );
    expect(row).toEqual({ encoding: 'UTF8', synchronous: 'on', addresses: '127.0.0.1', folded: 'ÄÖ' });
  });

  it('gives each caller a database of its own, copied from a template when asked', async () => {
    const template = await createDatabase(inject('postgresUrl'));
    await ask(template.url, 'create table kept as select 1 as one');
    const name = new URL(template.url).pathname.slice(1);
    const copies = await Promise.all([1, 2].map(() => createDatabase(inject('postgresUrl'), { template: name })));
    for (const copy of copies) expect(await ask(copy.url, 'select one from kept')).toEqual([{ one: 1 }]);
    for (const database of [template, ...copies]) await database.drop();
    expect(await ask(inject('postgresUrl'), `select datname from pg_database where datname = '${name}'`)).toEqual([]);
  });
});

describe('a server of its own', () => {
  it('keeps acknowledged rows through kill -9 and every kind of restart, and leaves no files', async () => {
    const server = await startPostgresServer({ flags: ['-c', 'work_mem=5MB'] });
    await ask(server.adminUrl, 'create table kept (n int)');
    await server.kill9();
    await expect(ask(server.adminUrl, 'select 1')).rejects.toThrow('ECONNREFUSED');
    for (const [n, mode] of (['kill9', 'fast', 'immediate', 'kill9'] as const).entries()) {
      await server.restart(mode);
      await ask(server.adminUrl, `insert into kept values (${n})`);
    }
    await server.restart('kill9');
    expect(await ask(server.adminUrl, 'select n from kept order by n')).toEqual([0, 1, 2, 3].map((n) => ({ n })));
    expect(await ask(server.adminUrl, 'show work_mem')).toEqual([{ work_mem: '5MB' }]);
    await server.stop();
    await server.stop();
    expect(existsSync(dirname(server.dir))).toBe(false);
  });
});
