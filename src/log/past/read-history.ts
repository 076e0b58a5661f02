import { type SQL, sql } from 'drizzle-orm';
import type { JsonObject } from '../../core/json.ts';
import type { Actor } from '../../core/log/actor.ts';
import type { Op } from '../../core/log/change.ts';
import { addressKey, type RecordAddress } from '../../core/log/record-address.ts';
import type { Transaction } from '../../database/database.ts';
import { jsonb } from '../../database/statement.ts';

/** A change as the log holds it. */
export interface HistoryChange extends RecordAddress {
  position: number;
  eventId: string;
  op: Op;
  data: JsonObject;
  fieldTimestamps: Record<string, string>;
  clientId: string;
  actor: Actor;
  /** When it arrived: ISO 8601, UTC, milliseconds. */
  arrivedAt: string;
}

const COLUMNS = sql`c.app_id as "appId", c.table_name as "table", c.record_id as id, c.position, c.id as "eventId", c.op,
  c.data, c.field_timestamps as "fieldTimestamps", c.client_id as "clientId", c.actor, c.created_at as "arrivedAt"`;

/**
 * The histories of records of the transaction's user up to and with a position, by `addressKey`, each in the order of
 * the log. The log has no index by record, for the sake of appending: it is read from the first of their changes on.
 */
export async function readHistories(
  tx: Transaction,
  addresses: RecordAddress[],
  upTo: number,
): Promise<Map<string, HistoryChange[]>> {
  const histories = new Map<string, HistoryChange[]>(addresses.map((address) => [addressKey(address), []]));
  if (addresses.length === 0) return histories;
  const changes = await readRows(
    tx,
    sql`
    with wanted as (
      select r.app_id, r.table_name, r.record_id, r.first_position
      from jsonb_to_recordset(${jsonb(addresses)}) as a ("appId" text, "table" text, id text)
      join records r on (r.user_id, r.app_id, r.table_name, r.record_id) = (current_user_id(), a."appId", a."table", a.id)
    )
    select ${COLUMNS} from sync_changes c
    where c.user_id = current_user_id() and c.position <= ${upTo}
      and c.position >= (select min(first_position) from wanted)
      -- "is true" keeps it from becoming a join, which is planned for few records and then compares each change with each
      -- of them (1,000 records in a log of 100,000 changes: 25 s against 3); so it is a look-up in a hash.
      and ((c.app_id, c.table_name, c.record_id) in (select app_id, table_name, record_id from wanted)) is true
    order by c.position`,
  );
  for (const change of changes) histories.get(addressKey(change))?.push(change);
  return histories;
}

/** Single changes of the transaction's user, by their positions. */
export async function readChangesAt(tx: Transaction, positions: Iterable<number>): Promise<Map<number, HistoryChange>> {
  const changes = await readRows(
    tx,
    sql`select ${COLUMNS} from sync_changes c
        where c.user_id = current_user_id()
          and c.position in (select value::bigint from jsonb_array_elements_text(${jsonb([...new Set(positions)])}))`,
  );
  return new Map(changes.map((change) => [change.position, change]));
}

async function readRows(tx: Transaction, statement: SQL): Promise<HistoryChange[]> {
  const rows = await tx.query<Omit<HistoryChange, 'arrivedAt'> & { arrivedAt: Date }>(statement);
  return rows.map((row) => ({ ...row, arrivedAt: row.arrivedAt.toISOString() }));
}
