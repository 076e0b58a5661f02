import { type SQL, sql } from 'drizzle-orm';
import pg from 'pg';
import { inject } from 'vitest';
import { RUNNER_SESSION } from '../../src/database/database.ts';
import { compile } from '../../src/database/statement.ts';
import type { TestEngine } from '../support/engines.ts';

export interface Superuser {
  query<Row>(statement: SQL): Promise<Row[]>;
  close(): Promise<void>;
}

/** A session on an engine's database that may call every function: those that no role of the service may call alone. */
export async function asSuperuser(engine: TestEngine): Promise<Superuser> {
  if (engine.db.kind === 'pglite') {
    return {
      query: <Row>(statement: SQL) =>
        engine.db.transaction(RUNNER_SESSION, async (tx) => {
          await tx.query(sql`reset role`);
          return tx.query<Row>(statement);
        }),
      close: async () => {},
    };
  }
  const url = new URL(inject('postgresUrl'));
  url.pathname = new URL(engine.url).pathname;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  return {
    async query<Row>(statement: SQL) {
      const { text, values } = compile(statement);
      return (await client.query(text, values)).rows as Row[];
    },
    close: () => client.end(),
  };
}
