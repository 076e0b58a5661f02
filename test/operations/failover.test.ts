// Failover to a streaming standby, with the service as a process that is never restarted.
import { afterEach, expect, test } from 'vitest';
import { CursorAheadError, createClient } from '../../src/client/index.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { killProcess, type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { startStandby } from '../support/start-standby.ts';
import { until } from '../support/until.ts';
import { ask, eventIds, hostsUrl, promote, startMissionsServer, synchronise } from './cluster.ts';
import { startPusher } from './pusher.ts';

const servers: PostgresServer[] = [];
const services: ServiceProcess[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map(({ child }) => killProcess(child)));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function startCluster() {
  const primary = await startMissionsServer();
  servers.push(primary);
  const standby = await startStandby(primary);
  servers.push(standby);
  const service = startServiceProcess({ DATABASE_URL: hostsUrl(primary, standby) });
  services.push(service);
  const url = await service.ready;
  const client = createClient({ baseUrl: url, appId: 'todo', clientId: 'phone' });
  return { primary, standby, url, client };
}

const isReady = (url: string) => async () => (await fetch(`${url}/readyz`)).status === 200;
const refused = (asking: Promise<unknown>) => expect(asking).rejects.toThrow(CursorAheadError);

async function isPlanned(url: string, id: string): Promise<void> {
  const mission = { id, title: 'T', objective: 'O', conceptMarkdown: '- [ ] Call the agent' };
  const post = () =>
    fetch(`${url}/api/missions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(mission),
    });
  await until(async () => (await post()).ok);
  const proposals = async () => await (await fetch(`${url}/api/proposals?status=pending`)).text();
  await until(async () => (await proposals()).includes(`"${id}-1-0"`));
}

test('with a synchronous standby nothing acknowledged is lost, and a former primary that comes back is not followed', async () => {
  const { primary, standby, url, client } = await startCluster();
  await synchronise(primary);
  const pushers = [1, 2, 3, 4].map((n) => startPusher(url, `writer${n}`));
  await Promise.all(pushers.map((pusher) => pusher.more(20)));
  const before = await client.pull();
  const stream = client.stream({ since: before.syncedUntil })[Symbol.asyncIterator]();
  await stream.next();

  await primary.kill9();
  await promote(standby);
  await Promise.all(pushers.map((pusher) => pusher.more(20)));
  await until(isReady(url));

  // The log has every acknowledged change once; what is beyond them was pushed and not acknowledged, and pushed again.
  const acknowledged = () => pushers.flatMap((pusher) => pusher.acknowledged);
  const known = acknowledged();
  const log = await eventIds(standby);
  expect(new Set(log).size).toBe(log.length);
  expect(known.filter((id) => !log.includes(id))).toEqual([]);
  expect(pushers.flatMap((pusher) => pusher.refusals).filter((refusal) => !ALLOWED.includes(refusal))).toEqual([]);

  // A cursor of before is refused wherever it is shown, and the way to go on is to begin anew.
  await refused(client.pull({ since: before.syncedUntil }));
  await refused(client.push([], before.syncedUntil));
  await refused(
    (async () => {
      for (;;) await stream.next();
    })(),
  );
  const outbox = [{ eventId: 'kept', table: 'tasks', id: 'kept', op: 'insert' as const, data: { title: 'kept' } }];
  const synced = await client.syncOnce({ outbox, since: before.syncedUntil });
  expect(synced.restarted).toBe(true);
  expect(synced.changes.map(({ eventId }) => eventId)).toEqual(expect.arrayContaining(known));
  expect(await eventIds(standby)).toContain('kept');
  await isPlanned(url, 'after-failover');

  // The former primary comes back and takes writes as well: nobody fenced it.
  await primary.restart('kill9');
  await ask(primary, `alter system set synchronous_standby_names = ''`);
  await ask(primary, 'select pg_reload_conf()');
  const former = (await eventIds(primary)).length;
  await endConnections(standby);
  await Promise.all(pushers.map((pusher) => pusher.more(5)));
  await until(isReady(url));
  await isPlanned(url, 'beside-the-former');
  expect((await eventIds(primary)).length).toBe(former);

  // Not even when it is alone: rather nothing is served than a log of before.
  await standby.kill9();
  await until(async () => (await fetch(`${url}/readyz`)).status === 503);
  const seen = pushers.map(({ refusals }) => refusals.length);
  await until(() => pushers.every(({ refusals }, index) => refusals.length > (seen[index] as number) + 2));
  expect((await eventIds(primary)).length).toBe(former);
  await standby.restart('kill9');
  await Promise.all(pushers.map((pusher) => pusher.more(5)));
  await Promise.all(pushers.map((pusher) => pusher.stop()));
  const end = await eventIds(standby);
  expect(acknowledged().filter((id) => !end.includes(id))).toEqual([]);
  expect((await eventIds(primary)).length).toBe(former);
}, 180_000);

test('with an asynchronous standby what it had not received is lost, and every client that saw it learns so', async () => {
  const { primary, standby, url, client } = await startCluster();
  const pusher = startPusher(url, 'writer');
  await pusher.more(10);
  await pusher.stop();
  await until(async () => (await eventIds(standby).catch(() => [])).length >= 10);
  const received = (await client.pull()).syncedUntil;
  // Whatever is acknowledged from here on, the standby does not get.
  await standby.kill9();
  const lost = startPusher(url, 'lost');
  await lost.more(10);
  await lost.stop();
  const { syncedUntil } = await client.pull();

  await primary.kill9();
  await standby.restart('kill9');
  await promote(standby);
  await until(isReady(url));
  const log = await eventIds(standby);
  expect(pusher.acknowledged.filter((id) => !log.includes(id))).toEqual([]);
  expect(lost.acknowledged.filter((id) => log.includes(id))).toEqual([]);

  // Others write on, past the position that the client has: only the epoch can tell.
  const others = startPusher(url, 'later');
  await others.more(20);
  await others.stop();
  for (const since of [received, syncedUntil]) await refused(client.pull({ since }));
  const outbox = [{ eventId: 'kept', table: 'tasks', id: 'kept', op: 'insert' as const, data: { title: 'kept' } }];
  const synced = await client.syncOnce({ outbox, since: syncedUntil });
  expect(synced.restarted).toBe(true);
  const ids = synced.changes.map(({ eventId }) => eventId);
  expect(ids).toEqual(expect.arrayContaining([...pusher.acknowledged, ...others.acknowledged]));
  expect(ids.filter((id) => lost.acknowledged.includes(id))).toEqual([]);
  expect(await eventIds(standby)).toContain('kept');

  // Negative control: without the epoch the same cursor passes, and what took the place of the lost is never seen.
  const [epoch] = syncedUntil.split('.');
  await ask(
    standby,
    `create or replace function server_epoch() returns text language sql stable return '${epoch}'::text`,
  );
  const blind = (await client.pull({ since: syncedUntil })).serverChanges.map(({ eventId }) => eventId);
  expect(others.acknowledged.filter((id) => !blind.includes(id)).length).toBeGreaterThan(0);
}, 180_000);

/** What a push may be answered while there is no primary, or be cut off by. */
const ALLOWED = ['503 database_unavailable', 'none'];

async function endConnections(server: PostgresServer): Promise<void> {
  await ask(server, `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'service'`);
}
