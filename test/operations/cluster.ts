import pg from 'pg';
import { SERVICE_LOGIN, serviceUrl } from '../support/global-setup.ts';
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';

/** Asks a server one thing, as its superuser. */
export async function ask<Row extends pg.QueryResultRow>(server: PostgresServer, text: string, database = 'missions') {
  const url = new URL(server.adminUrl);
  url.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: url.href });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** A Postgres server with an empty database `missions` and the service's login, as a self-hoster would make them. */
export async function startMissionsServer(flags: string[] = []): Promise<PostgresServer> {
  const server = await startPostgresServer({ flags });
  await ask(server, `create role ${SERVICE_LOGIN} login createrole password 'service'`, 'postgres');
  await ask(server, `create database missions owner ${SERVICE_LOGIN}`, 'postgres');
  return server;
}

/** What DATABASE_URL is with these servers, in this order. */
export function hostsUrl(...servers: PostgresServer[]): string {
  const hosts = servers.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const [first] = servers as [PostgresServer];
  return serviceUrl(first.adminUrl, 'missions').replace(`127.0.0.1:${first.port}`, hosts);
}

/** Makes a standby the primary. */
export async function promote(standby: PostgresServer): Promise<void> {
  await ask(standby, 'select pg_promote()', 'postgres');
}

/** From now on the primary acknowledges what its standby has, and nothing else. */
export async function synchronise(primary: PostgresServer): Promise<void> {
  await ask(primary, `alter system set synchronous_standby_names = '*'`, 'postgres');
  await ask(primary, 'select pg_reload_conf()', 'postgres');
  const synchronous = `select from pg_stat_replication where sync_state = 'sync'`;
  await until(async () => (await ask(primary, synchronous, 'postgres')).length === 1);
}

/** A log as one server has it, in its order. */
export async function eventIds(server: PostgresServer, user = 'local'): Promise<string[]> {
  const rows = await ask<{ id: string; position: string }>(
    server,
    `select id, position from sync_changes where user_id = '${user}' order by position`,
  );
  const hole = rows.findIndex(({ position }, index) => Number(position) !== index + 1);
  if (hole >= 0) throw new Error(`there is a hole at position ${hole + 1}`);
  return rows.map(({ id }) => id);
}
