import { sql } from 'drizzle-orm';
import type { Database, Transaction } from '../../src/database/database.ts';

/** `statement`: the server fails the n-th statement. `answer`: the n-th transaction is committed, and its answer never comes. */
export type Failure = 'statement' | 'answer';

export interface FailingDatabase {
  db: Database;
  /** The n-th from now on fails; null: none. */
  arm(failure: Failure, n: number | null): void;
  /** Whether it has come to that. */
  failed(): boolean;
}

/** Fails in the server, as a full disk does: the transaction that it happens in is really in ruins. */
const DISK_IS_FULL = sql`do $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$`;
const DISK_IS_FULL_TO_READ = 'select (1 / (n - 1))::text from generate_series(1, 2) as n';

export function failingDatabase(db: Database): FailingDatabase {
  let armed: { failure: Failure; left: number } | null = null;
  let failed = false;

  function strikes(failure: Failure): boolean {
    if (armed?.failure !== failure) return false;
    armed.left -= 1;
    if (armed.left !== 0) return false;
    failed = true;
    return true;
  }

  async function answered<T>(work: Promise<T>): Promise<T> {
    const result = await work;
    if (strikes('answer')) throw new Error('Connection terminated unexpectedly');
    return result;
  }

  const failing = (tx: Transaction): Transaction => ({
    ...tx,
    query: (statement) => tx.query(strikes('statement') ? DISK_IS_FULL : statement),
  });

  return {
    db: {
      ...db,
      transaction: (session, work) => answered(db.transaction(session, (tx) => work(failing(tx)))),
      run: (session, statement) => answered(db.run(session, strikes('statement') ? DISK_IS_FULL : statement)),
      runTexts: (session, statement, onRow) =>
        answered(db.runTexts(session, strikes('statement') ? sql.raw(DISK_IS_FULL_TO_READ) : statement, onRow)),
      scan: (session, statement, onRows) =>
        answered(db.scan(session, strikes('statement') ? DISK_IS_FULL_TO_READ : statement, onRows)),
    },
    arm(failure, n) {
      failed = false;
      armed = n === null ? null : { failure, left: n };
    },
    failed: () => failed,
  };
}
