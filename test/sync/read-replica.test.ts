// Pulls and streams that read from a hot standby. There are no heartbeats here: what arrives was hinted at.
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migratePostgres } from '../../src/database/migrate.ts';
import { createDatabase } from '../support/create-database.ts';
import { newUser } from '../support/engines.ts';
import { SERVICE_LOGIN, serviceUrl } from '../support/global-setup.ts';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts';
import { startStandby } from '../support/start-standby.ts';
import { openRawStream, poolOn, pushTasks, type SyncServer, startSyncServer } from '../support/sync-server.ts';
import { until } from '../support/until.ts';

let primary: PostgresServer;
let standby: PostgresServer;
let standbyAdmin: pg.Client;
let server: SyncServer;
let closeReplica: () => Promise<void>;

beforeAll(async () => {
  primary = await startPostgresServer();
  const admin = new pg.Client({ connectionString: primary.adminUrl });
  await admin.connect();
  await admin.query(`create role ${SERVICE_LOGIN} login createrole password 'service'`);
  await admin.end();
  const database = await createDatabase(primary.adminUrl, { owner: SERVICE_LOGIN });
  const name = new URL(database.url).pathname.slice(1);
  await migratePostgres(serviceUrl(primary.adminUrl, name));
  standby = await startStandby(primary);
  standbyAdmin = new pg.Client({ connectionString: standby.adminUrl });
  standbyAdmin.on('error', () => {});
  await standbyAdmin.connect();
  const replica = await poolOn(serviceUrl(standby.adminUrl, name))();
  closeReplica = replica.close;
  server = await startSyncServer(poolOn(serviceUrl(primary.adminUrl, name)), undefined, replica);
});
afterAll(async () => {
  await server?.close();
  await closeReplica?.();
  await standbyAdmin?.end().catch(() => {});
  await standby?.stop();
  await primary?.stop();
});

async function pull(user: string, since = '0') {
  const response = await fetch(`${server.url}/sync/todo/pull?since=${since}`, {
    headers: { Authorization: `Bearer ${user}` },
  });
  expect(response.status).toBe(200);
  const answer = (await response.json()) as { serverChanges: { id: string }[]; syncedUntil: string };
  return { ids: answer.serverChanges.map(({ id }) => id), cursor: answer.syncedUntil };
}

test('a stream brings what was pushed as soon as the standby has it, and nothing is lost while it lags', async () => {
  const user = newUser();
  await pushTasks(server.url, user, ['before']);
  const stream = await openRawStream(server.url, user);
  await stream.until((s) => s.changes().length === 1);

  await standbyAdmin.query('select pg_wal_replay_pause()');
  await until(
    async () => (await standbyAdmin.query('select pg_get_wal_replay_pause_state() as s')).rows[0].s === 'paused',
  );
  await pushTasks(server.url, user, ['a', 'b']);
  // It is the standby that is read: what it has not replayed is not there yet, and the cursor stays where it is.
  const lagging = await pull(user);
  expect(lagging.ids).toEqual(['before']);
  const ahead = lagging.cursor.replace(/\d+$/, '3');
  expect(await pull(user, ahead)).toEqual({ ids: [], cursor: ahead });
  const late = await openRawStream(server.url, user, `?since=${ahead}`);

  await standbyAdmin.query('select pg_wal_replay_resume()');
  await stream.until((s) => s.changes().length === 3);
  await pushTasks(server.url, user, ['c']);
  await stream.until((s) => s.changes().length === 4);
  await late.until((s) => s.changes().length === 1);
  expect(stream.changes().map(({ id }) => id)).toEqual(['before', 'a', 'b', 'c']);
  expect(late.changes().map(({ id }) => id)).toEqual(['c']);
  expect(await pull(user, lagging.cursor)).toMatchObject({ ids: ['a', 'b', 'c'] });
  stream.close();
  late.close();
});

test('without its standby the service reads from the primary', async () => {
  const user = newUser();
  await pushTasks(server.url, user, ['a']);
  const stream = await openRawStream(server.url, user);
  await stream.until((s) => s.changes().length === 1);
  await standby.kill9();
  await pushTasks(server.url, user, ['b']);
  await stream.until((s) => s.changes().length === 2);
  expect((await pull(user)).ids).toEqual(['a', 'b']);
  stream.close();
});
