import type { SQL } from 'drizzle-orm';

/**
 * In whose name a transaction runs: a person (sees and writes that person's rows and nobody else's), the runner (may
 * claim and record plans across users), or the operator (lists the users when it names none; else sees that user's rows
 * as the user does, and may mend, restore or erase them). Set locally in each transaction, so it never outlives it, pooler or not.
 */
export type Session =
  | { role: 'app_user'; userId: string }
  | { role: 'app_runner' }
  | { role: 'app_operator'; userId: string | null };

export interface Transaction {
  query<Row = Record<string, unknown>>(statement: SQL): Promise<Row[]>;
  /** To be called by whoever appends to a log: once this has committed, those who follow the user's log are told. */
  announce(userId: string): void;
}

/**
 * Told, after the commit, whose log has grown. Whoever opens a database with it undertakes to tell the other processes as
 * well: the log's trigger then does not notify from within each transaction, which would serialise all commits.
 */
export type OnAppended = (userId: string) => void;

/** What the listener tells. A notification is a hint: it carries no data, and any of them may be lost. */
export interface ListenHandlers {
  /** `payload` is '' when there is none. Anybody may have sent it: trust nothing in it. */
  onNotify(channel: string, payload: string): void;
  /** At the first connection and after each that was lost: whatever was notified in between is to be looked up. */
  onConnected(): void;
  onError(error: Error): void;
}

export interface Listener {
  connected(): boolean;
  close(): Promise<void>;
}

/** A row whose columns are texts, in their order. */
export type TextRow = (string | null)[];

/**
 * The one door to Postgres, embedded or not. Nothing outside src/database knows which it is.
 * bigint arrives as number, timestamptz as Date, jsonb parsed.
 */
export interface Database {
  readonly kind: 'postgres' | 'pglite';
  /** Runs `work` in one transaction: all of it or, when it throws, none. */
  transaction<T>(session: Session, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Runs one statement in a transaction of its own, in one round trip where the engine can. */
  run<Row = Record<string, unknown>>(session: Session, statement: SQL): Promise<Row[]>;
  /**
   * What `run` does, but hands over each row as it comes: what is done with it is done while Postgres makes the next ones.
   * For results of a page, since the driver may keep them until the last. Every column of the statement is cast to text.
   */
  runTexts(session: Session, statement: SQL, onRow: (row: TextRow) => void): Promise<void>;
  /** What `Transaction.announce` does, for what a statement of `run` has appended. */
  announce(userId: string): void;
  /**
   * Reads the rows of a statement as they come, in bounded memory and by one snapshot: handed over in batches, each row
   * the texts of its columns (null for null). The statement has no parameters, and every column of it is cast to text.
   * The next batch waits until `onRows` has ended. On the embedded engine nothing else can use the database meanwhile.
   */
  scan(session: Session, statement: string, onRows: (rows: TextRow[]) => void | Promise<void>): Promise<void>;
  listen(channels: string[], handlers: ListenHandlers): Promise<Listener>;
  /** Notifies the other processes on this database; an embedded one has none. */
  notifyOthers(channel: string, payload: string): Promise<void>;
  close(): Promise<void>;
}

/** Runs `work` as one person. An empty user id is refused: it would see nobody's rows, and say nothing about it. */
export function withUser<T>(db: Database, userId: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return db.transaction(userSession(userId), work);
}

export function userSession(userId: string): Session {
  if (userId === '') throw new TypeError('userId is empty: a transaction runs in the name of one user');
  return { role: 'app_user', userId };
}

export function operatorSession(userId: string | null): Session {
  return { role: 'app_operator', userId };
}

export const RUNNER_SESSION: Session = { role: 'app_runner' };
