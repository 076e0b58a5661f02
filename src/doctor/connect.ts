import pg from 'pg';
import { findPrimary } from '../database/postgres/find-primary.ts';

/** A connection that gives up by itself. */
export async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: await findPrimary(connectionString),
    application_name: 'pg-missions doctor',
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}
