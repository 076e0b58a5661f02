import pg from 'pg';
import { migratePostgres } from '../../src/database/migrate.ts';
import { SERVICE_LOGIN, serviceUrl } from '../../test/support/global-setup.ts';
import { startPostgresServer } from '../../test/support/postgres-server.ts';

export interface BenchServer {
  /** Of the superuser, to the same database. */
  adminUrl: string;
  /** Of the service's login, no superuser, to a migrated, empty database. */
  url: string;
  version: string;
  /** How the server, by its own word, keeps what it acknowledged. */
  settings: Record<string, string>;
  stop(): Promise<void>;
}

const DATABASE = 'bench';

/** A Postgres that is as durable as its defaults: the server of the tests, with what they switch off on again. */
export async function startBenchServer(settings: readonly string[] = []): Promise<BenchServer> {
  const durable = ['fsync=on', 'full_page_writes=on', 'synchronous_commit=on'];
  const flags = [...durable, ...settings].flatMap((setting) => ['-c', setting]);
  const server = await startPostgresServer({ flags });
  try {
    const admin = new pg.Client({ connectionString: server.adminUrl });
    await admin.connect();
    await admin.query(`create role ${SERVICE_LOGIN} login createrole password 'service'`);
    await admin.query(`create database ${DATABASE} owner ${SERVICE_LOGIN}`);
    const shown = await admin.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings
       where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'wal_sync_method', 'server_version')`,
    );
    await admin.end();
    const url = serviceUrl(server.adminUrl, DATABASE);
    await migratePostgres(url);
    const { server_version: version = '', ...kept } = Object.fromEntries(
      shown.rows.map(({ name, setting }) => [name, setting]),
    );
    if (kept.fsync !== 'on') throw new Error('the server does not fsync: its figures would flatter');
    const adminUrl = Object.assign(new URL(server.adminUrl), { pathname: DATABASE }).href;
    return { adminUrl, url, version, settings: kept, stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
