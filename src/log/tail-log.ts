import { type SQL, sql } from 'drizzle-orm';
import type { RecordAddress } from '../core/log/record-address.ts';
import { type Database, type Session, userSession } from '../database/database.ts';
import { LOG_CHANGED } from '../sync/announce-changes.ts';
import { readHead } from './read-head.ts';
import type { ScannedChange } from './scan-log.ts';

/** A notification may be lost; this long after the last look there is another. */
const SAFETY_LOOK_MS = 30_000;
const PAGE = 1_000;

export interface TailOptions {
  /** Begin with so many of the newest changes. */
  newest: number;
  /** Of this record only. */
  record?: RecordAddress | undefined;
  /** Only what is of this mission: its record, its iterations and proposals, and what was changed for it. */
  missionId?: string | undefined;
  /** Go on with what comes, until the signal is aborted. */
  follow: boolean;
  signal: AbortSignal;
  /** What went wrong with listening; it goes on by itself. */
  onError?: (error: Error) => void;
}

/**
 * Hands over the newest changes of one user's log, the oldest first, and then, when it is to follow, what comes: told by the
 * log's notifications, which are hints, so that it looks again after each of them and after each connection.
 */
export async function tailLog(
  db: Database,
  userId: string,
  { newest, follow, signal, onError, ...filter }: TailOptions,
  onChanges: (changes: ScannedChange[]) => void,
): Promise<void> {
  const session = userSession(userId);
  const condition = conditionOf(filter);
  let after = await findStart(db, session, condition, newest);

  /** Head first: what a filter leaves out is passed as well, and what comes meanwhile is of the next look. */
  async function readToEnd(): Promise<void> {
    const head = await readHead(db, session);
    while (after < head && !signal.aborted) {
      const page = await readPage(db, session, condition, after, head);
      if (page.length > 0) onChanges(page);
      after = page.length === PAGE ? (page.at(-1)?.position ?? head) : head;
    }
  }

  if (!follow) return readToEnd();
  let wake = () => {};
  let mustLook = true;
  const look = () => {
    mustLook = true;
    wake();
  };
  signal.addEventListener('abort', look);
  const listener = await db.listen([LOG_CHANGED], {
    onNotify: (_, payload) => payload.includes(JSON.stringify(userId)) && look(),
    onConnected: look,
    onError: (error) => onError?.(error),
  });
  try {
    while (!signal.aborted) {
      mustLook = false;
      await readToEnd();
      if (mustLook || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, SAFETY_LOOK_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    signal.removeEventListener('abort', look);
    await listener.close();
  }
}

function conditionOf({ record, missionId }: Pick<TailOptions, 'record' | 'missionId'>): SQL {
  const conditions = [sql`c.user_id = current_user_id()`];
  if (record) {
    conditions.push(sql`(c.app_id, c.table_name, c.record_id) = (${record.appId}, ${record.table}, ${record.id})`);
  }
  if (missionId !== undefined) {
    conditions.push(sql`(
      (c.app_id, c.table_name, c.record_id) = ('ai', 'aiMissions', ${missionId})
      or (c.actor ->> 'kind' = 'ai' and c.actor ->> 'missionId' = ${missionId})
      or (c.app_id = 'ai' and c.table_name in ('aiIterations', 'aiProposals') and exists (
        select from records r
        where (r.user_id, r.app_id, r.table_name, r.record_id) = (c.user_id, c.app_id, c.table_name, c.record_id)
          and r.data ->> 'missionId' = ${missionId})))`);
  }
  return sql.join(conditions, sql` and `);
}

/** The position before the first of the newest changes. */
async function findStart(db: Database, session: Session, condition: SQL, newest: number): Promise<number> {
  const [start] = await db.run<{ position: number | null }>(
    session,
    sql`select min(position) - 1 as position from (
          select position from sync_changes c where ${condition} order by position desc limit ${newest}) newest`,
  );
  return start?.position ?? 0;
}

function readPage(
  db: Database,
  session: Session,
  condition: SQL,
  after: number,
  upTo: number,
): Promise<ScannedChange[]> {
  return db.run<ScannedChange>(
    session,
    sql`select position, id, app_id as "appId", table_name as "tableName", record_id as "recordId", op, data::text as data,
               field_timestamps::text as "fieldTimestamps", client_id as "clientId", schema_version as "schemaVersion",
               actor::text as actor,
               to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "createdAt"
        from sync_changes c where ${condition} and position > ${after} and position <= ${upTo}
        order by position limit ${PAGE}`,
  );
}
