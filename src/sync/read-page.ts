import { type SQL, sql } from 'drizzle-orm';
import { readChangeTexts } from '../core/log/change-texts.ts';
import { formatCursor, type Since } from '../core/sync/cursor.ts';
import { wireText } from '../core/sync/wire-text.ts';
import type { TextRow } from '../database/database.ts';
import { jsonb } from '../database/statement.ts';
import { type ChangeBytes, createChangeBytes } from './change-bytes.ts';

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
      /** In the log's order. */
      changes: ChangeBytes;
      /** Of each change the client that is to be spared it, since it pushed it itself; null: nobody. See isEcho. */
      echoOf: (string | null)[];
      syncedUntil: string;
      hasMore: boolean;
      /** Tells the standby that was read from every other server; the epoch of cursors may be a user's own. Null: no standby. */
      serverEpoch: string | null;
    }
  | { ok: false; reason: 'cursor_ahead' };

/** Runs a statement as the user; each row as the texts of its columns. */
export type ReadTexts = (statement: SQL, onRow: (row: TextRow) => void) => Promise<void>;

/**
 * The user's changes after `since`, in the log's order, with the cursor to go on from. Page and head of the log are read
 * in one statement, thus of one snapshot: what the filter left out is passed, and what came later is not.
 */
export async function readPage(read: ReadTexts, query: ChangesQuery): Promise<ChangesPage> {
  const { since, limit } = query;
  const changes = createChangeBytes();
  const echoOf: (string | null)[] = [];
  let log: Log | null = null;
  let last = 0;
  let hasMore = false;

  await read(pageStatement(query), (row) => {
    if (!log) {
      log = JSON.parse(row[DATA] as string) as Log;
      return;
    }
    if (changes.count === limit || row[DATA] === null) {
      hasMore = true;
      return;
    }
    const change = readChangeTexts(row);
    const position = Number(change.position);
    if (position <= last) throw new Error('a page did not come in the order of the log');
    last = position;
    changes.add(wireText(change));
    echoOf.push(isEcho(change) ? change.clientId : null);
  });

  const { epoch, serverEpoch, head, inRecovery } = log as unknown as Log;
  if (isAhead(since, { epoch, head })) {
    if (!(inRecovery && since.kind === 'cursor' && since.epoch === epoch)) return { ok: false, reason: 'cursor_ahead' };
    // A standby that has not replayed so far: what the client asks for is simply not there yet.
    return { ok: true, changes, echoOf, syncedUntil: formatCursor(since), hasMore: false, serverEpoch };
  }
  const syncedUntil = formatCursor({ epoch, position: hasMore ? last : head });
  return { ok: true, changes, echoOf, syncedUntil, hasMore, serverEpoch };
}

/** Whether a cursor is of another log than this one, or beyond its end: the client saw what this log has not. */
export function isAhead(since: Since, { epoch, head }: { epoch: string; head: number }): boolean {
  return since.kind === 'cursor' && (since.epoch !== epoch || since.position > head);
}

/**
 * Whether the client that pushed a change is to be spared it. The twin of the filter in pageStatement, for pages that
 * several clients share. A decision that a client pushed became a change of the server's making (who decided, when): the
 * client lacks that.
 */
function isEcho({ appId, tableName }: { appId: string; tableName: string }): boolean {
  return !(appId === 'ai' && tableName === 'aiProposals');
}

interface Log {
  head: number;
  epoch: string;
  serverEpoch: string | null;
  inRecovery: boolean;
}

/** Where `data` stands in a row. The first row is not a change but the log: its `data` is a Log. */
const DATA = 6;

/**
 * Nothing here waits for the whole page: neither a sort nor a count. So the first changes are made into what the client
 * gets while Postgres reads the next ones, and the change after the last one shown is there only to say that there are more:
 * the one beyond the limit, or the one beyond the bytes, without its data.
 */
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
             current_epoch() as epoch, case when pg_is_in_recovery() then server_epoch() end as server_epoch,
             pg_is_in_recovery() as in_recovery
    ), page as (
      select *, data::text as data_text from sync_changes
      where user_id = current_user_id() and position > ${startOf(since)} ${ofApps} ${ofTables} ${ofOthers}
      order by position limit ${limit + 1}
    ), measured as (
      select page.*, coalesce(sum(octet_length(data_text)) over before_it, 0) as bytes_before,
             coalesce(lag(octet_length(data_text)) over before_it, 0) as bytes_of_last
      from page window before_it as (order by position rows between unbounded preceding and 1 preceding)
    )
    select '0' as position, null as id, null as "appId", null as "tableName", null as "recordId", null as op,
           json_build_object('head', head, 'epoch', epoch, 'serverEpoch', server_epoch, 'inRecovery', in_recovery)::text as data,
           null as "fieldTimestamps", null as "clientId", null as "schemaVersion", null as actor, null as "createdAt"
    from log
    union all (
      select position::text, id, app_id, table_name, record_id, op,
             case when bytes_before < ${maxBytes} then data_text end, field_timestamps::text, client_id,
             schema_version::text, actor::text, format_stamp(created_at)
      from measured where bytes_before - bytes_of_last < ${maxBytes}
      order by measured.position
    )`;
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
