import { type SQL, sql } from 'drizzle-orm';
import type { LoggedChange } from '../core/log/change.ts';
import { formatCursor, type Since } from '../core/sync/cursor.ts';
import { toWireChange, type WireChange } from '../core/sync/wire.ts';
import type { Transaction } from '../database/database.ts';
import { jsonb, keep } from '../database/statement.ts';

/** A page ends early where its values have come to this many bytes, so that large records do not add up in memory. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;

export interface ChangesQuery {
  /** Of these applications only; absent: of all. */
  appIds?: string[];
  /** Of these collections only; absent: of all. */
  tables?: string[];
  since: Since;
  /** At most so many changes. */
  limit: number;
  /** A page ends early where its values have come to so many bytes; absent: MAX_PAGE_BYTES. */
  maxBytes?: number;
  /** Leaves out what this client pushed itself. */
  exceptClientId?: string | undefined;
}

export type ChangesPage =
  | {
      ok: true;
      changes: WireChange[];
      syncedUntil: string;
      hasMore: boolean;
      /** Tells the server that was read from every other; the epoch of cursors may be a user's own. */
      serverEpoch: string;
    }
  | { ok: false; reason: 'cursor_ahead' };

/**
 * The user's changes after `since`, in the log's order, with the cursor to go on from. Page and head of the log are read
 * in one statement, thus of one snapshot: what the filter left out is passed, and what came later is not.
 */
export async function readChanges(tx: Pick<Transaction, 'query'>, query: ChangesQuery): Promise<ChangesPage> {
  const rows = await tx.query<LogRow & (ChangeRow | { id: null })>(keep(pageStatement(query)));
  const log = rows[0] as LogRow;
  const { since, limit } = query;
  if (isAhead(since, log)) {
    if (!(log.inRecovery && since.kind === 'cursor' && since.epoch === log.epoch)) {
      return { ok: false, reason: 'cursor_ahead' };
    }
    // A standby that has not replayed so far: what the client asks for is simply not there yet.
    return { ok: true, changes: [], syncedUntil: formatCursor(since), hasMore: false, serverEpoch: log.serverEpoch };
  }
  const found = rows.filter((row): row is LogRow & ChangeRow => row.id !== null);
  const shown = found.slice(0, limit);
  const hasMore = shown.length < (found[0]?.matching ?? 0);
  return {
    ok: true,
    changes: shown.map(({ createdAt, ...change }) => toWireChange({ ...change, createdAt: createdAt.toISOString() })),
    syncedUntil: formatCursor({ epoch: log.epoch, position: hasMore ? (shown.at(-1)?.position ?? 0) : log.head }),
    hasMore,
    serverEpoch: log.serverEpoch,
  };
}

/** Whether a cursor is of another log than this one, or beyond its end: the client saw what this log has not. */
export function isAhead(since: Since, { epoch, head }: { epoch: string; head: number }): boolean {
  return since.kind === 'cursor' && (since.epoch !== epoch || since.position > head);
}

/**
 * Whether a client is to be spared a change because it pushed it itself. The twin of the filter in pageStatement, for pages
 * that several clients share. A decision that the client pushed became a change of the server's making (who decided, when):
 * the client lacks that.
 */
export function isEcho({ appId, table, clientId }: WireChange, toClientId: string | undefined): boolean {
  return clientId === toClientId && !(appId === 'ai' && table === 'aiProposals');
}

interface LogRow {
  head: number;
  epoch: string;
  serverEpoch: string;
  inRecovery: boolean;
}

type ChangeRow = Omit<LoggedChange, 'userId' | 'createdAt'> & {
  createdAt: Date;
  /** How many changes there are to show, up to one more than the limit. */
  matching: number;
};

function pageStatement(query: ChangesQuery): SQL {
  const { appIds, tables, since, limit, maxBytes = MAX_PAGE_BYTES, exceptClientId } = query;
  const ofApps = appIds ? sql`and app_id ${isOneOf(appIds)}` : sql``;
  const ofTables = tables ? sql`and table_name ${isOneOf(tables)}` : sql``;
  // See isEcho.
  const ofOthers =
    exceptClientId === undefined
      ? sql``
      : sql`and (client_id <> ${exceptClientId} or (app_id = 'ai' and table_name = 'aiProposals'))`;
  return sql`
    with log as (
      select coalesce((select position from user_heads where user_id = current_user_id()), 0) as head,
             current_epoch() as epoch, server_epoch() as server_epoch,
             pg_is_in_recovery() as in_recovery
    ), page as (
      select * from sync_changes
      where user_id = current_user_id() and position > ${startOf(since)} ${ofApps} ${ofTables} ${ofOthers}
      order by position limit ${limit + 1}
    ), measured as (
      select page.*, count(*) over () as matching, sum(size) over (order by position) - size as bytes_before
      from page cross join lateral (select octet_length(data::text) as size offset 0) s
    )
    select log.head, log.epoch, log.server_epoch as "serverEpoch",
           log.in_recovery as "inRecovery", c.id, c.app_id as "appId", c.table_name as "tableName",
           c.record_id as "recordId", c.op, c.data, c.field_timestamps as "fieldTimestamps", c.client_id as "clientId",
           c.schema_version as "schemaVersion", c.actor, c.position, c.created_at as "createdAt", c.matching
    from log left join measured c on c.bytes_before < ${maxBytes}
    order by c.position`;
}

/** As an array, not as a subquery to join: the log is to be read in its order, and only until the page is full. */
function isOneOf(names: string[]): SQL {
  return sql`= any(array(select jsonb_array_elements_text(${jsonb(names)})))`;
}

/** The position after which to read. */
function startOf(since: Since): SQL {
  if (since.kind === 'start') return sql`0`;
  if (since.kind === 'cursor') return sql`${since.position}::bigint`;
  // From the first change of that time on, in the log's order: where the clock was set back, some older ones too.
  return sql`coalesce((select min(position) - 1 from sync_changes
    where user_id = current_user_id() and created_at >= ${since.at}::timestamptz), (select head from log))`;
}
