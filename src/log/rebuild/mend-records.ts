import { sql } from 'drizzle-orm';
import { emptyRecord, type FoldableChange, type FoldedRecord, foldInto } from '../../core/log/merge.ts';
import { type Database, operatorSession, type Transaction } from '../../database/database.ts';
import { jsonb } from '../../database/statement.ts';
import { recordKey, splitRecordKey } from './record-key.ts';
import type { ReplayedPart } from './replay-log.ts';

/** Records that one transaction mends: writers wait for as long as that takes. */
const PER_TRANSACTION = 1_000;
const PER_PAGE = 5_000;

/**
 * Writes the records that differ as the log has them. What was appended since they were replayed is folded in under the
 * log's lock, where nobody appends; what is not written yet waits for a transaction of its own. Interrupted between two of
 * them, what was mended is whole, and the rest as it was.
 */
export async function mendRecords(
  db: Database,
  userId: string,
  { head, differing }: ReplayedPart,
  checkInterrupt: () => void,
): Promise<void> {
  const keys = [...differing.keys()];
  let folded = head;
  for (let start = 0; start < keys.length; start += PER_TRANSACTION) {
    checkInterrupt();
    const batch = keys.slice(start, start + PER_TRANSACTION);
    folded = await db.transaction(operatorSession(userId), async (tx) => {
      const [locked] = await tx.query<{ position: number }>(sql`select lock_log() as position`);
      const end = locked?.position ?? folded;
      await foldTail(tx, differing, folded, end);
      const mended = batch.map((key) => ({ ...splitRecordKey(key), ...writesOf(differing.get(key) ?? null) }));
      await tx.query(sql`select mend_records(${jsonb(mended)})`);
      return end;
    });
  }
}

async function foldTail(tx: Transaction, differing: ReplayedPart['differing'], after: number, end: number) {
  for (let read = after; read < end; read += PER_PAGE) {
    const changes = await tx.query<FoldableChange & { appId: string; tableName: string; recordId: string }>(sql`
      select app_id as "appId", table_name as "tableName", record_id as "recordId", data,
             field_timestamps as "fieldTimestamps", client_id as "clientId", position
      from sync_changes where user_id = current_user_id() and position > ${read} and position <= ${read + PER_PAGE}
      order by position`);
    for (const change of changes) {
      const key = recordKey(change.appId, change.tableName, change.recordId);
      const held = differing.get(key);
      if (held === undefined) continue;
      const record = held ?? emptyRecord(change.position);
      foldInto(record, change);
      differing.set(key, record);
    }
  }
}

/** Where in the log the value of each field is; nothing for a record that the log does not have. */
function writesOf(record: FoldedRecord | null) {
  if (record === null) return {};
  const { fieldMeta, firstPosition, lastPosition } = record;
  const writes = Object.fromEntries(Object.entries(fieldMeta).map(([field, { position }]) => [field, position]));
  return { firstPosition, lastPosition, writes };
}
