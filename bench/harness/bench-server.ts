import pg from 'pg';
import { migratePostgres } from '../../src/database/migrate.ts';
import { SERVICE_LOGIN, serviceUrl } from '../../test/support/global-setup.ts';
import { startPostgresServer } from '../../test/support/postgres-server.ts';

export interface BenchServer {
  /** Of the service's login, no superuser, to a migrated, empty database. */
  url: string;
  version: string;
  /** How the server, by its own word, keeps what it acknowledged. */
  settings: Record<string, string>;
  stop(): Promise<void>;
}

/** A Postgres that is as durable as its defaults: the server of the tests, with what they switch off on again. */
export async function startBenchServer(): Promise<BenchServer> {
  const durable = ['fsync=on', 'full_page_writes=on', 'synchronous_commit=on'];
  const server = await startPostgresServer({ flags: durable.flatMap((setting) => ['-c', setting]) });
  try {
    const admin = new pg.Client({ connectionString: server.adminUrl });
    await admin.connect();
    await admin.query(`create role ${SERVICE_LOGIN} login createrole password 'service'`);
    await admin.query(`create database bench owner ${SERVICE_LOGIN}`);
    const shown = await admin.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings
       where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'wal_sync_method', 'server_version')`,
    );
    await admin.end();
    const url = serviceUrl(server.adminUrl, 'bench');
    await migratePostgres(url);
    const { server_version: version = '', ...settings } = Object.fromEntries(
      shown.rows.map(({ name, setting }) => [name, setting]),
    );
    if (settings.fsync !== 'on') throw new Error('the server does not fsync: its figures would flatter');
    return { url, version, settings, stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
