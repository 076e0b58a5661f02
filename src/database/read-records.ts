import { sql } from 'drizzle-orm';
import type { JsonObject } from '../core/json.ts';
import type { FieldMeta } from '../core/log/merge.ts';
import type { Effect, Need, RecordView } from '../core/modules/module.ts';
import type { Transaction } from './database.ts';

/** A record as it stands, with the write behind each of its fields. */
export interface StoredRecord extends RecordView {
  fieldMeta: Record<string, FieldMeta>;
  deletedAt: Date | null;
  firstPosition: number;
  lastPosition: number;
}

const COLUMNS = sql`record_id as id, data, field_meta as "fieldMeta", deleted_at as "deletedAt",
  first_position as "firstPosition", last_position as "lastPosition"`;

/** One record of the transaction's user, deleted or not; undefined when there is none. */
export async function readRecord(
  tx: Transaction,
  appId: string,
  table: string,
  id: string,
): Promise<StoredRecord | undefined> {
  const [record] = await tx.query<StoredRecord>(sql`
    select ${COLUMNS} from records where app_id = ${appId} and table_name = ${table} and record_id = ${id}
      and user_id = current_user_id()`);
  return record;
}

/** The undeleted records of one collection, in the order of their making, after a position; `limit` at most. */
export function listRecords(
  tx: Transaction,
  appId: string,
  table: string,
  { after = 0, limit }: { after?: number; limit: number },
): Promise<StoredRecord[]> {
  return tx.query<StoredRecord>(sql`
    select ${COLUMNS} from records
    where user_id = current_user_id() and app_id = ${appId} and table_name = ${table} and deleted_at is null
      and first_position > ${after}
    order by first_position, record_id limit ${limit}`);
}

/**
 * The records that a tool must see before it runs, as its context's `find` and `list`; `before` are effects that come
 * before it and are not stored yet.
 */
export async function readNeeds(tx: Transaction, appId: string, needs: Need[], before: Effect[] = []) {
  const tables = new Map<string, Map<string, RecordView>>();
  for (const { table, id } of needs) {
    const found: (RecordView & { deletedAt?: Date | null })[] =
      id === undefined
        ? await tx.query<{ id: string; data: JsonObject }>(sql`
          select record_id as id, data from records
          where user_id = current_user_id() and app_id = ${appId} and table_name = ${table} and deleted_at is null
          order by first_position`)
        : ([await readRecord(tx, appId, table, id)].filter(
            (record) => record !== undefined && record.deletedAt === null,
          ) as RecordView[]);
    const held = tables.get(table) ?? new Map<string, RecordView>();
    for (const record of found) held.set(record.id, { id: record.id, data: record.data });
    tables.set(table, held);
  }
  for (const { tableName, recordId, op, data } of before) {
    const held = tables.get(tableName);
    if (op === 'delete') held?.delete(recordId);
    else held?.set(recordId, { id: recordId, data: { ...held.get(recordId)?.data, ...data } });
  }
  return {
    find: (table: string, id: string) => tables.get(table)?.get(id),
    list: (table: string) => [...(tables.get(table)?.values() ?? [])],
  };
}
