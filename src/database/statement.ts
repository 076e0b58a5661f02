import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Session } from './database.ts';

const dialect = new PgDialect();

/** A drizzle `sql` template as the text and the parameters that a driver takes. */
export function compile(statement: SQL): { text: string; values: unknown[] } {
  const { sql: text, params } = dialect.sqlToQuery(statement);
  return { text, values: params };
}

/**
 * The statement that begins every transaction: the role and the user, both local to it, and, when somebody announces what
 * it appends after the commit, that the log's trigger is not to: see db/functions/fold_changes.sql.
 */
export function sessionStatement(session: Session, isAnnounced: boolean): SQL {
  const userId = session.role === 'app_user' ? session.userId : '';
  const quiet = isAnnounced ? sql`, set_config('app.announce_changes', 'off', true)` : sql``;
  return sql`select set_config('role', ${session.role}, true), set_config('app.current_user_id', ${userId}, true)${quiet}`;
}

/** A value as a jsonb parameter. Strings are JSON too, so every value is encoded here, once, for both drivers. */
export function jsonb(value: unknown): SQL {
  return sql`${JSON.stringify(value)}::text::jsonb`;
}
