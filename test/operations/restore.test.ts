// The drill of docs/operations.md: a backup while the service runs, a mistake, a restore to the moment before it.
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CursorAheadError, createClient } from '../../src/client/index.ts';
import { runInTest } from '../cli/run-in-test.ts';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts';
import { killProcess, type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { until } from '../support/until.ts';
import { ask, eventIds, hostsUrl, startMissionsServer } from './cluster.ts';
import { drilled } from './drilled.ts';
import { startPusher } from './pusher.ts';

let backup: string;
const servers: PostgresServer[] = [];
const services: ServiceProcess[] = [];
beforeEach(async () => {
  backup = await mkdtemp(join(tmpdir(), 'pg-missions-backup-'));
  await mkdir(join(backup, 'wal'));
  // Postgres archives by itself, in an account of its own where the tests run as root.
  await chmod(backup, 0o755);
  await chmod(join(backup, 'wal'), 0o777);
});
afterEach(async () => {
  await Promise.all(services.splice(0).map(({ child }) => killProcess(child)));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await rm(backup, { recursive: true, force: true });
});

async function serve(server: PostgresServer) {
  const service = startServiceProcess({ DATABASE_URL: hostsUrl(server) });
  services.push(service);
  const url = await service.ready;
  return { url, service, client: createClient({ baseUrl: url, appId: 'todo', clientId: 'phone' }) };
}

async function push(url: string, name: string, count: number): Promise<string[]> {
  const pusher = startPusher(url, name);
  await pusher.more(count);
  await pusher.stop();
  return pusher.acknowledged;
}

const refused = (asking: Promise<unknown>) => expect(asking).rejects.toThrow(CursorAheadError);

/** The low-level base backup of the page: as pg_basebackup makes it, which the test binaries do not have. */
async function takeBackup(server: PostgresServer): Promise<void> {
  const session = new pg.Client({ connectionString: server.adminUrl });
  await session.connect();
  await session.query(drilled(`select pg_backup_start('nightly', fast => true);`));
  await cp(server.dir, join(backup, 'base'), {
    recursive: true,
    filter: (path) => !/postmaster\.(pid|opts)$|pg_wal\/./.test(path.slice(server.dir.length)),
  });
  const { rows } = await session.query(drilled('select labelfile from pg_backup_stop();'));
  await writeFile(join(backup, 'base', 'backup_label'), rows[0].labelfile);
  await session.end();
}

async function startRestored(password: string, settings: string[], signal?: string): Promise<PostgresServer> {
  const server = await startPostgresServer({
    prepare: {
      password,
      async fill(dir) {
        await cp(join(backup, 'base'), dir, { recursive: true });
        if (signal) await writeFile(join(dir, signal), '');
      },
    },
    flags: settings.flatMap((setting) => ['-c', setting.replace(/ = '(.*)'$/, '=$1')]),
  });
  servers.push(server);
  return server;
}

test('point-in-time restore: what was acknowledged before the moment is there, cursors of after it are refused', async () => {
  const server = await startMissionsServer([
    ...['-c', 'archive_mode=on'],
    ...['-c', drilled(`archive_command = 'cp %p /backup/wal/%f'`, { '/backup': backup }).replace(/ = '(.*)'$/, '=$1')],
  ]);
  servers.push(server);
  const first = await serve(server);
  const before = await push(first.url, 'before', 20);
  await takeBackup(server);
  const between = await push(first.url, 'between', 20);
  const known = (await first.client.pull()).syncedUntil;
  const [moment] = await ask<{ at: string }>(server, 'select clock_timestamp()::text as at');
  const mistakes = await push(first.url, 'mistake', 20);
  const ahead = (await first.client.pull()).syncedUntil;
  const [wal] = await ask<{ name: string }>(server, 'select pg_walfile_name(pg_switch_wal()) as name');
  await until(
    async () =>
      (await ask(server, `select from pg_stat_archiver where last_archived_wal >= '${wal?.name}'`)).length > 0,
  );
  await killProcess(first.service.child);
  await server.kill9();

  const own = { '/backup': backup, '2026-11-23 10:00:00+00': moment?.at ?? '' };
  const restored = await startRestored(
    server.password,
    [
      drilled(`restore_command = 'cp /backup/wal/%f %p'`, own),
      drilled(`recovery_target_time = '2026-11-23 10:00:00+00'`, own),
      drilled(`recovery_target_action = 'promote'`),
    ],
    drilled('recovery.signal'),
  );
  await until(async () => (await ask(restored, 'select from pg_stat_activity where pg_is_in_recovery()')).length === 0);
  expect(await eventIds(restored)).toEqual([...before, ...between]);

  const second = await serve(restored);
  const env = { DATABASE_URL: hostsUrl(restored) };
  expect(await runInTest(drilled('verify --user local').split(' '), env)).toMatchObject({ exitCode: 0 });
  // Others write past the position that clients had: it is the epoch that tells.
  const later = await push(second.url, 'later', 40);
  for (const since of [known, ahead]) await refused(second.client.pull({ since }));
  const outbox = [{ eventId: 'kept', table: 'tasks', id: 'kept', op: 'insert' as const, data: { title: 'kept' } }];
  const synced = await second.client.syncOnce({ outbox, since: ahead });
  expect(synced.restarted).toBe(true);
  const ids = synced.changes.map(({ eventId }) => eventId);
  expect(ids).toEqual(expect.arrayContaining([...before, ...between, ...later]));
  expect(ids.filter((id) => mistakes.includes(id))).toEqual([]);
  expect(await eventIds(restored)).toContain('kept');
}, 180_000);

test('a directory that was put back as it was is taken for the same log, until its epoch is renewed', async () => {
  const server = await startMissionsServer();
  servers.push(server);
  const first = await serve(server);
  const before = await push(first.url, 'before', 10);
  await server.restart('fast', () => cp(server.dir, join(backup, 'base'), { recursive: true }));
  await push(first.url, 'after', 10);
  const { syncedUntil } = await first.client.pull();
  await killProcess(first.service.child);
  await server.stop();

  const restored = await startRestored(server.password, []);
  const [same] = await ask<{ epoch: string }>(restored, 'select server_epoch() as epoch');
  expect(syncedUntil).toContain(same?.epoch);
  const renewed = await ask<{ renew_epoch: string }>(restored, drilled('select renew_epoch();'));
  expect(syncedUntil).not.toContain(renewed[0]?.renew_epoch);
  const second = await serve(restored);
  const later = await push(second.url, 'later', 40);
  await refused(second.client.pull({ since: syncedUntil }));
  const synced = await second.client.syncOnce({ outbox: [], since: syncedUntil });
  expect(synced.changes.map(({ eventId }) => eventId)).toEqual([...before, ...later]);
}, 180_000);
