import type { JsonObject } from '../core/json.ts';
import type { Actor } from '../core/log/actor.ts';
import { type ChangeTexts, readChangeTexts } from '../core/log/change-texts.ts';
import type { Database, Session, TextRow } from '../database/database.ts';

/** A change as the log gives it in bulk: JSON is still text, so that whoever needs less reads less. */
export interface ScannedChange extends Omit<ChangeTexts, 'position' | 'schemaVersion'> {
  position: number;
  schemaVersion: number;
  /** ISO 8601, UTC, with microseconds. */
  createdAt: string;
}

/** A change with its links; see docs/log.md. */
export interface LinkedScan extends ScannedChange {
  /** On the first change of each statement: what the log before it hashes to. */
  link: string | null;
  /** On the last change of the log: what all of it hashes to. Null where the head has no link for this end. */
  linkAfter: string | null;
}

/** The same with its JSON read: as it is printed under --json. */
export function parseScanned({ data, fieldTimestamps, actor, ...rest }: ScannedChange) {
  return {
    ...rest,
    data: JSON.parse(data) as JsonObject,
    fieldTimestamps: JSON.parse(fieldTimestamps) as Record<string, string>,
    actor: JSON.parse(actor) as Actor,
  };
}

export interface ScanLogOptions {
  /** After this position; 0: from the start. */
  after?: number;
  /** Up to and with this position; absent: to the end as it was when the scan began. */
  upTo?: number;
}

/** Reads the log of the session's user in the order of its positions, in batches and in bounded memory. */
export async function scanLog(
  db: Database,
  session: Session,
  { after = 0, upTo }: ScanLogOptions,
  onChanges: (changes: LinkedScan[]) => void | Promise<void>,
): Promise<void> {
  const bounds = [after, upTo ?? 0].every(Number.isSafeInteger);
  if (!bounds) throw new TypeError('positions are whole numbers');
  const end = upTo === undefined ? '' : ` and position <= ${upTo}`;
  await db.scan(
    session,
    `select position::text, id, app_id, table_name, record_id, op, data::text, field_timestamps::text, client_id,
            schema_version::text, actor::text, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            link, case when position = (${headOf('position')}) then (${headOf('link')} and linked_to = position) end
     from sync_changes where user_id = current_user_id() and position > ${after}${end}
     order by sync_changes.position`,
    (rows) => onChanges(rows.map(readChange)),
  );
}

const headOf = (column: string) => `select ${column} from user_heads where user_id = current_user_id()`;

function readChange(row: TextRow): LinkedScan {
  const texts = readChangeTexts(row);
  const [link = null, linkAfter = null] = row.slice(12);
  return { ...texts, position: Number(texts.position), schemaVersion: Number(texts.schemaVersion), link, linkAfter };
}
