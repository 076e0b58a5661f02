// No database, one that takes no writes: a clean 503; one whose disk is full: 507. Reads where they can be, and by itself back to work.
import { afterEach, expect, test } from 'vitest';
import { syncApp, syncClient } from '../http/sync-app.ts';
import { newUser, openTestPglite, openTestPostgres } from '../support/engines.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { killProcess, type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { until } from '../support/until.ts';
import { ask, eventIds, hostsUrl, startMissionsServer } from './cluster.ts';
import { failingDatabase } from './failing-database.ts';
import { startPusher } from './pusher.ts';

let server: PostgresServer | undefined;
let service: ServiceProcess | undefined;
afterEach(async () => {
  if (service) await killProcess(service.child);
  await server?.stop();
  server = undefined;
  service = undefined;
});

const statusOf = async (url: string) => (await fetch(url)).status;

test('crashed, restarted and read-only, while somebody writes', async () => {
  server = await startMissionsServer();
  service = startServiceProcess({ DATABASE_URL: hostsUrl(server) });
  const url = await service.ready;
  const pusher = startPusher(url, 'writer');
  const refused = async () => {
    const before = pusher.refusals.length;
    await until(() => pusher.refusals.length > before + 2);
  };
  await pusher.more(10);
  for (const mode of ['kill9', 'immediate', 'fast'] as const) {
    await server.restart(mode, async () => {
      await refused();
      await until(async () => (await statusOf(`${url}/readyz`)) === 503);
      expect(await statusOf(`${url}/livez`)).toBe(200);
    });
    await pusher.more(10);
    await until(async () => (await statusOf(`${url}/readyz`)) === 200);
  }

  await ask(server, 'alter system set default_transaction_read_only = on');
  await ask(server, 'select pg_reload_conf()');
  await refused();
  expect(await statusOf(`${url}/sync/todo/pull`)).toBe(200);
  await ask(server, 'alter system reset default_transaction_read_only');
  await ask(server, 'select pg_reload_conf()');
  await pusher.more(10);
  await pusher.stop();

  expect(pusher.refusals.filter((refusal) => refusal !== '503 database_unavailable')).toEqual([]);
  const log = await eventIds(server);
  expect(new Set(log).size).toBe(log.length);
  expect(pusher.acknowledged.filter((id) => !log.includes(id))).toEqual([]);
}, 180_000);

test.each([
  ['Postgres', openTestPostgres],
  ['PGlite', openTestPglite],
])('%s, whose disk is full', async (_, open) => {
  const engine = await open();
  const { db, arm } = failingDatabase(engine.db);
  const client = syncClient(syncApp(db), newUser(), 'phone');
  const push = () => client.push([{ eventId: 'a', table: 'tasks', id: 'a', op: 'insert', data: { title: 'a' } }]);
  arm('statement', 1);
  expect(await push()).toMatchObject({ status: 507, body: { code: 'disk_full' } });
  expect((await client.pull('', {})).body.serverChanges).toEqual([]);
  expect(await push()).toMatchObject({ status: 200 });
  await engine.close();
});
