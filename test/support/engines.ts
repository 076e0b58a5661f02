import { afterAll, beforeAll, describe, inject } from 'vitest';
import type { Database, OnAppended } from '../../src/database/database.ts';
import { pgliteDatabase } from '../../src/database/pglite/pglite-database.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { createDatabase } from './create-database.ts';
import { openMemoryEngine } from './engine-in-this-thread.ts';
import { MIGRATED_TEMPLATE, SERVICE_LOGIN, serviceUrl } from './global-setup.ts';

export interface TestEngine {
  db: Database;
  /** The connection string of the service's login; empty on PGlite. */
  url: string;
  /** The position of the last change in a person's log, where it is had for less than by a transaction of the person's. */
  headOf?(userId: string): Promise<number>;
  close(): Promise<void>;
}

export async function openTestPostgres(onAppended?: OnAppended): Promise<TestEngine> {
  const adminUrl = inject('postgresUrl');
  const database = await createDatabase(adminUrl, { template: MIGRATED_TEMPLATE, owner: SERVICE_LOGIN });
  const url = serviceUrl(adminUrl, new URL(database.url).pathname.slice(1));
  const db = openPostgres({ connectionString: url, poolSize: 20, onAppended, onError: () => {} });
  return {
    db,
    url,
    async close() {
      await db.close();
      await database.drop();
    },
  };
}

export async function openTestPglite(onAppended?: OnAppended): Promise<TestEngine> {
  const engine = await openMemoryEngine();
  const db = pgliteDatabase(engine, engine.close, onAppended);
  const head = (userId: string) => ({ text: HEAD, values: [userId] });
  return {
    db,
    url: '',
    async headOf(userId) {
      const [row] = await engine.alone((send) => send([head(userId)]) as Promise<{ position: number }[]>);
      return row?.position ?? 0;
    },
    close: () => db.close(),
  };
}

const HEAD = 'select position from user_heads where user_id = $1';

/** Declares the same tests for both engines. Each test takes a user of its own: the log cannot be emptied. */
export function onBothEngines(declare: (engine: () => TestEngine) => void): void {
  for (const [name, open] of [
    ['PGlite', openTestPglite],
    ['Postgres', openTestPostgres],
  ] as const) {
    describe(name, () => {
      let engine: TestEngine;
      beforeAll(async () => {
        engine = await open();
      });
      afterAll(() => engine?.close());
      declare(() => engine);
    });
  }
}

let users = 0;

/** A user that no other test of this file has. */
export function newUser(): string {
  users += 1;
  return `user-${users}`;
}
