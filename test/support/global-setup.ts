import type { TestProject } from 'vitest/node';
import { startPostgresServer } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser connection string of the run's Postgres server, database `postgres`. */
    postgresUrl: string;
  }
}

/** One Postgres server per test run. Test files take a database of their own on it with `createDatabase`. */
export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgresServer();
  // What every test database starts from (a migrated template) is prepared here.
  project.provide('postgresUrl', server.adminUrl);
  return () => server.stop();
}
