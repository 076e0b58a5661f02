import type { SQL } from 'drizzle-orm';
import pg from 'pg';
import {
  type Database,
  type OnAppended,
  RUNNER_SESSION,
  type Session,
  type TextRow,
  type Transaction,
} from '../database.ts';
import { compile, isKept, sessionStatement } from '../statement.ts';
import { copyRows } from './copy-rows.ts';
import { listenPostgres } from './listen.ts';
import { createReadLanes } from './read-lanes.ts';
import { createUserGate } from './user-gate.ts';

export interface PostgresOptions {
  connectionString: string;
  /** For LISTEN, which does not work through a transaction pooler; the same as connectionString when absent. */
  directConnectionString?: string;
  poolSize: number;
  /** Absent: the log's trigger notifies of each transaction that appends. */
  onAppended?: OnAppended | undefined;
  /** What is not the fault of a single query, such as a pooled connection that broke while idle. */
  onError(error: Error): void;
}

/**
 * Connections that stay open however quiet it is: by default the pool closes each after 10 s, and the edit that comes
 * then waits for a new one, which plans every statement anew: 17 to 54 ms instead of 4, measured after 12 s of quiet.
 */
const WARM_CONNECTIONS = 2;

/**
 * Postgres through a pool of pipelined connections: begin, settings, statement and commit travel in one round trip.
 * (Four round trips cost a single append 0.56 x of its rate; measured on PostgreSQL 18.4, two noisy cores.)
 */
export function openPostgres(options: PostgresOptions): Database {
  const { connectionString, directConnectionString = connectionString, onAppended } = options;
  const direct = new WeakSet<pg.ClientBase>();
  const pool = new pg.Pool({
    connectionString,
    max: options.poolSize,
    min: Math.min(WARM_CONNECTIONS, options.poolSize),
    application_name: 'pg-missions',
    connectionTimeoutMillis: 5_000,
    query_timeout: 60_000,
    keepAlive: true,
    pipeline: true,
    types: { getTypeParser },
    async onConnect(client) {
      if (await isDirect(client)) direct.add(client);
    },
  } as pg.PoolConfig);
  pool.on('error', options.onError);
  // The pool hears the errors of its idle connections only; one that breaks while somebody has it, between two
  // statements, would be nobody's error and end the process.
  pool.on('connect', (client) => client.on('error', options.onError));
  const settings = (session: Session) => compile(sessionStatement(session, onAppended !== undefined));
  const runnerSettings = settings(RUNNER_SESSION);
  const half = Math.max(1, Math.floor(options.poolSize / 2));
  const gate = createUserGate(half);
  const lanes = createReadLanes(half, () => pool.connect(), settle);

  /** A connection for a session, and how to give it back. */
  async function connect(session: Session) {
    const leave = session.role === 'app_user' ? await gate.enter(session.userId) : () => {};
    try {
      const client = await pool.connect();
      const giveBack = (failure: unknown) => settle(client, failure).finally(leave);
      return { client, giveBack };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** What begins each transaction of a session. */
  const opening = (client: pg.PoolClient, session: Session): Query[] => [
    { text: 'begin', values: [] },
    asKept(client, session.role === 'app_runner' ? runnerSettings : settings(session)),
  ];

  /**
   * As a statement that the connection keeps parsed and planned, where it can: 0.2 to 0.3 ms less for a claim, and a push of
   * one change takes 0.67 of the time. Only of those that are few: the pages of logs, too, are as many as the ways to filter.
   */
  const asKept = (client: pg.PoolClient, query: Query): Query => (direct.has(client) ? named(query) : query);

  const queryOf = (client: pg.PoolClient, session: Session, statement: SQL): Query =>
    session.role === 'app_runner' || isKept(statement) ? asKept(client, compile(statement)) : compile(statement);

  return {
    kind: 'postgres',

    async transaction(session, work) {
      const { client, giveBack } = await connect(session);
      const appended = new Set<string>();
      let failure: unknown;
      try {
        const query = (statement: SQL) => client.query(queryOf(client, session, statement));
        const workOn = async () => work(transactionOn(query, appended));
        // Nobody waits until it has begun: what fails there fails what is asked after it as well.
        const [opened, worked] = await Promise.allSettled([inOneTrip(client, opening(client, session)), workOn()]);
        if (opened.status === 'rejected') throw opened.reason;
        if (worked.status === 'rejected') throw worked.reason;
        await client.query('commit');
        for (const userId of appended) onAppended?.(userId);
        return worked.value;
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        await giveBack(failure);
      }
    },

    async run<Row>(session: Session, statement: SQL) {
      const { client, giveBack } = await connect(session);
      let failure: unknown;
      try {
        const [, , result] = await inOneTrip(client, [
          ...opening(client, session),
          queryOf(client, session, statement),
          { text: 'commit', values: [] },
        ]);
        return result?.rows as Row[];
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        await giveBack(failure);
      }
    },

    async runTexts(session, statement, onRow) {
      const leave = session.role === 'app_user' ? await gate.enter(session.userId) : () => {};
      try {
        await lanes.run((client) => {
          const [begin, asUser] = opening(client, session) as [Query, Query];
          return together<unknown>([
            client.query(begin),
            client.query(asUser),
            queryTexts(client, asKept(client, compile(statement)), onRow),
            client.query('commit'),
          ]);
        });
      } finally {
        leave();
      }
    },

    announce: (userId) => onAppended?.(userId),

    scan: (session, statement, onRows) => copyRows(connectionString, settings(session), statement, onRows),

    listen(channels, handlers) {
      return listenPostgres({ connectionString: directConnectionString, channels, ...handlers });
    },

    async notifyOthers(channel, payload) {
      await pool.query('select pg_notify($1, $2)', [channel, payload]);
    },

    close: () => pool.end(),
  };
}

function transactionOn(query: (statement: SQL) => Promise<pg.QueryResult>, appended: Set<string>): Transaction {
  return {
    query: async <Row>(statement: SQL) => (await query(statement)).rows as Row[],
    announce: (userId) => void appended.add(userId),
  };
}

/**
 * Whether the server's process that greeted is the one that answers. A pooler greets by itself, and hands the name of a
 * prepared statement to a server connection that does not know it, or knows another statement of another process by it.
 */
async function isDirect(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid === (client as pg.ClientBase & { processID: number | null }).processID;
}

interface Query {
  text: string;
  values: unknown[];
  name?: string;
}

const names = new Map<string, string>();

function named(query: Query): Query {
  const name = names.get(query.text) ?? `statement_${names.size + 1}`;
  names.set(query.text, name);
  return { ...query, name };
}

function inOneTrip(client: pg.PoolClient, queries: Query[]): Promise<pg.QueryResult[]> {
  return together(queries.map((query) => client.query(query)));
}

/** Waits for all of them, so that none is under way when the first failure is thrown. */
async function together<T>(queries: Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(queries);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<T>).value);
}

/**
 * A query whose rows are handed on as they arrive: as arrays, and of each column the text that Postgres sent. Its end comes by
 * the callback: under a query_timeout pg keeps one for each query, and then emits no error, so whoever waits for that waits for ever.
 */
function queryTexts(client: pg.PoolClient, query: Query, onRow: (row: TextRow) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: unknown;
    const config = { ...query, rowMode: 'array', types: { getTypeParser: () => asItIs } };
    const sent = new pg.Query<TextRow>(config as pg.QueryConfig, (error) => {
      const reason = error ?? failure;
      if (reason === undefined || reason === null) resolve();
      else reject(reason);
    });
    sent.on('row', (row) => {
      if (failure !== undefined) return;
      try {
        onRow(row);
      } catch (error) {
        failure = error;
      }
    });
    client.query(sent);
  });
}

const asItIs = (text: string) => text;

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
