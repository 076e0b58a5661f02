import pg from 'pg';
import type { Database, Session, Transaction } from '../database.ts';
import { compile, sessionStatement } from '../statement.ts';
import { listenPostgres } from './listen.ts';

export interface PostgresOptions {
  connectionString: string;
  /** For LISTEN, which does not work through a transaction pooler; the same as connectionString when absent. */
  directConnectionString?: string;
  poolSize: number;
  /** What is not the fault of a single query, such as a pooled connection that broke while idle. */
  onError(error: Error): void;
}

/**
 * Postgres through a pool of pipelined connections: begin, settings, statement and commit travel in one round trip.
 * (Four round trips cost a single append 0.56 x of its rate; see ../shared/FACTS.md and docs/performance.md.)
 */
export function openPostgres(options: PostgresOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.poolSize,
    application_name: 'pg-missions',
    connectionTimeoutMillis: 5_000,
    query_timeout: 60_000,
    keepAlive: true,
    pipeline: true,
    types: { getTypeParser },
  } as pg.PoolConfig);
  pool.on('error', options.onError);

  return {
    kind: 'postgres',

    async transaction(session, work) {
      const client = await pool.connect();
      let failure: unknown;
      try {
        await inOneTrip(client, [{ text: 'begin', values: [] }, compile(sessionStatement(session))]);
        const result = await work(transactionOn(client));
        await client.query('commit');
        return result;
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        await settle(client, failure);
      }
    },

    async run<Row>(session: Session, statement: Parameters<Database['run']>[1]) {
      const client = await pool.connect();
      let failure: unknown;
      try {
        const [, , result] = await inOneTrip(client, [
          { text: 'begin', values: [] },
          compile(sessionStatement(session)),
          compile(statement),
          { text: 'commit', values: [] },
        ]);
        return result?.rows as Row[];
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        await settle(client, failure);
      }
    },

    listen(channels, handlers) {
      return listenPostgres({
        connectionString: options.directConnectionString ?? options.connectionString,
        channels,
        ...handlers,
      });
    },

    close: () => pool.end(),
  };
}

function transactionOn(client: pg.PoolClient): Transaction {
  return {
    async query<Row>(statement: Parameters<Transaction['query']>[0]) {
      const { text, values } = compile(statement);
      return (await client.query(text, values)).rows as Row[];
    },
  };
}

async function inOneTrip(client: pg.PoolClient, queries: { text: string; values: unknown[] }[]) {
  const outcomes = await Promise.allSettled(queries.map(({ text, values }) => client.query(text, values)));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<pg.QueryResult>).value);
}

/** Gives the connection back clean; one that cannot be rolled back is broken, and destroyed rather than reused. */
async function settle(client: pg.PoolClient, failure: unknown): Promise<void> {
  if (failure === undefined) {
    client.release();
    return;
  }
  try {
    await client.query('rollback');
    client.release();
  } catch (error) {
    client.release(error as Error);
  }
}

const INT8 = 20;

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === INT8) return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}
