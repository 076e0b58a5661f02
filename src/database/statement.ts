import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Session } from './database.ts';

const dialect = new PgDialect();

/** A drizzle `sql` template as the text and the parameters that a driver takes. */
export function compile(statement: SQL): { text: string; values: unknown[] } {
  const { sql: text, params } = dialect.sqlToQuery(statement);
  return { text, values: params };
}

const kept = new WeakSet<SQL>();

/** Has connections keep a statement parsed, where they can: for what is asked often, and of which there are few texts. */
export function keep(statement: SQL): SQL {
  kept.add(statement);
  return statement;
}

export function isKept(statement: SQL): boolean {
  return kept.has(statement);
}

/**
 * No transaction of the service waits or works for longer: a user whose log somebody else has locked gets an answer (503,
 * try again) and gives the connection back. Nothing here runs for seconds by itself.
 */
const TIMEOUTS = sql`set_config('lock_timeout', '5s', true), set_config('statement_timeout', '60s', true),
  set_config('idle_in_transaction_session_timeout', '60s', true)`;

/**
 * Within a transaction: what follows takes as long as it needs (a scan, a migration). transaction_timeout is there from 17 on.
 * (Asking pg_settings which there are makes a row of each setting of the server, at every scan.)
 */
export const WITHOUT_DEADLINE = `select set_config('statement_timeout', '0', true),
  set_config('idle_in_transaction_session_timeout', '0', true),
  case when current_setting('transaction_timeout', true) is not null then set_config('transaction_timeout', '0', true) end`;

/**
 * The statement that begins every transaction: its timeouts, the role and the user, all local to it, and, when somebody announces what
 * it appends after the commit, that the log's trigger is not to: see db/functions/fold_changes.sql.
 */
export function sessionStatement(session: Session, isAnnounced: boolean): SQL {
  const userId = session.role === 'app_runner' ? '' : (session.userId ?? '');
  const quiet = isAnnounced ? sql`, set_config('app.announce_changes', 'off', true)` : sql``;
  return sql`select set_config('role', ${session.role}, true), set_config('app.current_user_id', ${userId}, true),
    ${TIMEOUTS}${quiet}`;
}

/** A value as a jsonb parameter. Strings are JSON too, so every value is encoded here, once, for both drivers. */
export function jsonb(value: unknown): SQL {
  return sql`${JSON.stringify(value)}::text::jsonb`;
}
