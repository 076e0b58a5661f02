import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  /** Connection string, as the user of `adminUrl`. */
  url: string;
  /** Drops the database and ends whoever is still connected to it. */
  drop(): Promise<void>;
}

/** Creates a database with a unique name on the server of `adminUrl`, as a copy of `template` when one is named. */
export async function createDatabase(
  adminUrl: string,
  options: { template?: string; owner?: string } = {},
): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = options.template === undefined ? '' : ` template ${pg.escapeIdentifier(options.template)}`;
  const owner = options.owner === undefined ? '' : ` owner ${pg.escapeIdentifier(options.owner)}`;
  await execute(adminUrl, `create database ${name}${template}${owner}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(adminUrl, `drop database if exists ${name} with (force)`) };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
