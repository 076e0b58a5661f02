// Which of several hosts is connected to. What a failover and a former primary do: test/operations/failover.test.ts.
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { findPrimary } from '../../../src/database/postgres/find-primary.ts';
import { splitHosts } from '../../../src/database/postgres/split-hosts.ts';
import { ask } from '../../operations/cluster.ts';
import { type PostgresServer, startPostgresServer } from '../../support/postgres-server.ts';

test.each([
  ['postgres://u:p@a/d', ['postgres://u:p@a/d']],
  ['postgres://u:p@a:1,b:2/d?x=1,2', ['postgres://u:p@a:1/d?x=1,2', 'postgres://u:p@b:2/d?x=1,2']],
  ['postgresql://u,v:p,w@a,[::1]:5433/d', ['postgresql://u,v:p,w@a/d', 'postgresql://u,v:p,w@[::1]:5433/d']],
  ['postgres://a,b', ['postgres://a', 'postgres://b']],
  ['not a url', ['not a url']],
])('%s', (url, hosts) => {
  expect(splitHosts(url)).toEqual(hosts);
});

describe('the one that takes writes', () => {
  let other: PostgresServer;
  let another: PostgresServer;
  beforeAll(async () => {
    [other, another] = await Promise.all([startPostgresServer(), startPostgresServer()]);
  });
  afterAll(async () => {
    await Promise.all([other.stop(), another.stop()]);
  });

  /** A URL of these hosts, with the login of the run's server. */
  const hosts = (...names: string[]) => {
    const { username, password } = new URL(inject('postgresUrl'));
    return `postgres://${username}:${password}@${names.join(',')}/postgres`;
  };
  const here = () => `127.0.0.1:${new URL(inject('postgresUrl')).port}`;

  test('a single host is not asked', async () => {
    expect(await findPrimary('postgres://a@b/c')).toBe('postgres://a@b/c');
  });

  test('is found behind one that does not answer', async () => {
    expect(await findPrimary(hosts('127.0.0.1:1', here()))).toBe(hosts(here()));
  });

  test('may have two names', async () => {
    expect(await findPrimary(hosts(here(), here()))).toBe(hosts(here()));
  });

  test('is nobody where none answers, to be tried again, and no password is told', async () => {
    const failure: unknown = await findPrimary('postgres://me:hush@127.0.0.1:1,127.0.0.1:2/d').catch((error) => error);
    expect(failure).toMatchObject({ code: '57P03', message: 'no server of 2 takes writes' });
    expect(String((failure as Error).cause)).not.toContain('hush');
  });

  test('is nobody where two take writes and neither is the newer', async () => {
    await ask(other, `create role twin login password 'twin'`, 'postgres');
    await ask(another, `create role twin login password 'twin'`, 'postgres');
    const twins = `postgres://twin:twin@127.0.0.1:${other.port},127.0.0.1:${another.port}/postgres`;
    await expect(findPrimary(twins)).rejects.toMatchObject({
      code: '57P03',
      message: expect.stringContaining('both take writes: stop the one that is not to'),
    });
    await another.kill9();
    expect(await findPrimary(twins)).toContain(`:${other.port}`);
  });

  test('a wrong password everywhere is said as it is', async () => {
    await expect(findPrimary(`postgres://postgres:wrong@${here()},127.0.0.1:1/postgres`)).rejects.toMatchObject({
      code: '28P01',
    });
  });
});
