import type { SQL } from 'drizzle-orm';
import pg from 'pg';
import type { Database, Session, TextRow, Transaction } from '../../src/database/database.ts';
import { compile, sessionStatement } from '../../src/database/statement.ts';

interface Step {
  take(): Promise<void>;
}

/**
 * A connection for one run of an operation of the product, whose statements each wait until they are let go. What is between
 * two statements is the product's own code, and happens at once.
 */
export class SteppedSession {
  /** The database as the operation sees it. */
  readonly db: Database;
  readonly pid: number;
  readonly #client: pg.Client;
  readonly #steps: Step[] = [];
  #running: Promise<void> | null = null;
  #isAtWork = false;
  /** What the operation came to. */
  outcome: PromiseSettledResult<unknown> | null = null;

  private constructor(client: pg.Client, pid: number) {
    this.#client = client;
    this.pid = pid;
    this.db = this.#database();
  }

  static async open(connectionString: string): Promise<SteppedSession> {
    const client = new pg.Client({
      connectionString,
      types: { getTypeParser },
      // What begins a transaction and its first statement travel together.
      pipeline: true,
    } as pg.ClientConfig);
    await client.connect();
    const { rows } = await client.query('select pg_backend_pid() as pid');
    return new SteppedSession(client, rows[0].pid);
  }

  /** Begins an operation, up to its first statement. */
  async begin(operation: (db: Database) => Promise<unknown>): Promise<void> {
    this.outcome = null;
    this.#isAtWork = true;
    void Promise.allSettled([operation(this.db)]).then(([outcome]) => {
      this.outcome = outcome;
      this.#isAtWork = false;
    });
    await this.#think();
  }

  /** Whether there is a statement that waits to be let go. */
  get isReady(): boolean {
    return this.#running === null && this.#steps.length > 0;
  }

  /** Whether a statement is on its way, or the product is making up its mind on the next. */
  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** When the statement that is on its way has ended, and the next is there. */
  async ended(): Promise<void> {
    await this.#running;
  }

  /** Lets a statement go. */
  go(): void {
    const step = this.#steps.shift();
    if (!step || this.#running) throw new Error('there is no statement to let go');
    this.#running = step.take().then(async () => {
      await this.#think();
      this.#running = null;
    });
  }

  close(): Promise<void> {
    return this.#client.end();
  }

  async #think(): Promise<void> {
    for (let turns = 0; this.#steps.length === 0 && this.#isAtWork; turns++) {
      if (turns > 1_000) throw new Error('an operation waits for something else than the database');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #step<T>(act: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#steps.push({
        take: async () => {
          const [outcome] = await Promise.allSettled([act()]);
          if (outcome.status === 'fulfilled') resolve(outcome.value);
          else reject(outcome.reason);
        },
      });
    });
  }

  #database(): Database {
    const notSimulated = () => {
      throw new Error('is not part of an interleaving');
    };
    return {
      kind: 'postgres',
      transaction: (session, work) => this.#transaction(session, work),
      run: (session, statement) => this.#transaction(session, (tx) => tx.query(statement)),
      runTexts: notSimulated,
      scan: (session, statement, onRows) => this.#scan(session, statement, onRows),
      announce: () => {},
      listen: notSimulated,
      notifyOthers: notSimulated,
      close: notSimulated,
    };
  }

  async #transaction<T>(session: Session, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const inTransaction = this.#beginning(session);
    const query = async <Row>(statement: SQL): Promise<Row[]> => {
      const { text, values } = compile(statement);
      return this.#step(() => inTransaction(async () => (await this.#client.query(text, values)).rows as Row[]));
    };
    try {
      const result = await work({ query, announce: () => {} });
      await this.#step(() => this.#client.query('commit'));
      return result;
    } catch (error) {
      await this.#step(() => this.#client.query('rollback'));
      throw error;
    }
  }

  async #scan(session: Session, statement: string, onRows: (rows: TextRow[]) => void | Promise<void>): Promise<void> {
    const inTransaction = this.#beginning(session);
    const config = { text: statement, rowMode: 'array', types: { getTypeParser: () => String } };
    const { rows } = await this.#step(() => inTransaction(() => this.#client.query(config as pg.QueryArrayConfig)));
    await this.#step(() => this.#client.query('commit'));
    await onRows(rows as TextRow[]);
  }

  /** Begins a transaction together with its first statement: by itself that takes no snapshot and no lock. */
  #beginning(session: Session): <T>(act: () => Promise<T>) => Promise<T> {
    let isBegun = false;
    return async (act) => {
      if (isBegun) return act();
      isBegun = true;
      const { text, values } = compile(sessionStatement(session, true));
      const [, , acted] = await Promise.all([this.#client.query('begin'), this.#client.query(text, values), act()]);
      return acted;
    };
  }
}

const INT8 = 20;

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  return oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text');
}
