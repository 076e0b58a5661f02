import pg from 'pg';
import { migratePostgres } from '../../src/database/migrate.ts';
import { MIGRATED_TEMPLATE, SERVICE_LOGIN, serviceUrl } from '../../test/support/global-setup.ts';
import {
  type PostgresServer,
  type PostgresServerOptions,
  startPostgresServer,
} from '../../test/support/postgres-server.ts';

/** A Postgres with a migrated, empty database to copy, for as many scenarios as come. */
export async function startServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const server = await startPostgresServer(options);
  try {
    const admin = new pg.Client({ connectionString: server.adminUrl });
    await admin.connect();
    await admin.query(`create role ${SERVICE_LOGIN} login createrole password 'service'`);
    await admin.query(`create database ${MIGRATED_TEMPLATE} owner ${SERVICE_LOGIN}`);
    await admin.end();
    await migratePostgres(serviceUrl(server.adminUrl, MIGRATED_TEMPLATE));
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}
