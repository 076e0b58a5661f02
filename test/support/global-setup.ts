import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migratePostgres } from '../../src/database/migrate.ts';
import { startPostgresServer } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser connection string of the run's Postgres server, database `postgres`. */
    postgresUrl: string;
  }
}

/** The login of the service in tests: no superuser, as a self-hoster would make it. */
export const SERVICE_LOGIN = 'service';
/** A migrated, empty database: what `createDatabase` copies. */
export const MIGRATED_TEMPLATE = 'migrated';

/**
 * One Postgres server per test run. Test files take a database of their own on it with `createDatabase`.
 * TEST_POSTGRES_URL runs the same tests on another server instead, such as an older version (superuser, nothing kept).
 */
export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_POSTGRES_URL;
  const server = given ? { adminUrl: given, stop: async () => {} } : await startPostgresServer();
  const admin = new pg.Client({ connectionString: server.adminUrl });
  await admin.connect();
  await admin.query(`drop database if exists ${MIGRATED_TEMPLATE} with (force)`);
  await admin.query(`drop role if exists app_user, app_runner, app_operator, app_definer, ${SERVICE_LOGIN}`);
  await admin.query(`create role ${SERVICE_LOGIN} login createrole password 'service'`);
  await admin.query(`create database ${MIGRATED_TEMPLATE} owner ${SERVICE_LOGIN}`);
  await admin.end();
  await migratePostgres(serviceUrl(server.adminUrl, MIGRATED_TEMPLATE));
  project.provide('postgresUrl', server.adminUrl);
  return () => server.stop();
}

/** The connection string of the service's login to a database of the server. */
export function serviceUrl(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.username = SERVICE_LOGIN;
  url.password = 'service';
  url.pathname = `/${database}`;
  return url.href;
}
