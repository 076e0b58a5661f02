import { sql } from 'drizzle-orm';
import type { Actor } from '../../core/log/actor.ts';
import { type FoldedRecord, foldChange } from '../../core/log/merge.ts';
import { addressKey, type RecordAddress } from '../../core/log/record-address.ts';
import type { Transaction } from '../../database/database.ts';
import { type HistoryChange, readHistories } from './read-history.ts';

/** A record as it was, with who made the writes that held then. */
export interface PastRecord extends FoldedRecord, RecordAddress {
  attribution: Record<string, { actor: Actor; at: string; position: number }>;
}

/** A record of the transaction's user as it was after the change at a position; undefined when there was none yet. */
export async function readRecordAt(
  tx: Transaction,
  address: RecordAddress,
  position: number,
): Promise<PastRecord | undefined> {
  return (await readRecordsAt(tx, [address], position))[0];
}

/** Those of the records that there were then, deleted or not, in the order in which they were asked for. */
export async function readRecordsAt(
  tx: Transaction,
  addresses: RecordAddress[],
  position: number,
): Promise<PastRecord[]> {
  const histories = await readHistories(tx, addresses, position);
  return addresses.flatMap((address) => {
    const history = histories.get(addressKey(address)) ?? [];
    const record = foldHistory(history);
    return record ? [{ ...record, ...address, attribution: attribute(record, history) }] : [];
  });
}

/** A page of the records of a collection that lived then, in the order of their making, after a position. */
export async function listRecordsAt(
  tx: Transaction,
  { appId, table }: Pick<RecordAddress, 'appId' | 'table'>,
  position: number,
  { after = 0, limit }: { after?: number; limit: number },
): Promise<PastRecord[]> {
  const living: PastRecord[] = [];
  for (let from = after; living.length < limit; ) {
    const made = await tx.query<{ id: string; firstPosition: number }>(sql`
      select record_id as id, first_position as "firstPosition" from records
      where user_id = current_user_id() and app_id = ${appId} and table_name = ${table}
        and first_position > ${from} and first_position <= ${position}
      order by first_position limit ${limit}`);
    const then = await readRecordsAt(
      tx,
      made.map(({ id }) => ({ appId, table, id })),
      position,
    );
    living.push(...then.filter(({ deletedAt }) => deletedAt === null));
    if (made.length < limit) break;
    from = made.at(-1)?.firstPosition ?? position;
  }
  return living.slice(0, limit);
}

/** A history as the record that it ends in; undefined for an empty one. */
export function foldHistory(history: HistoryChange[]): FoldedRecord | undefined {
  return history.reduce<FoldedRecord | undefined>((record, change) => foldChange(record, change), undefined);
}

function attribute({ data, fieldMeta }: FoldedRecord, history: HistoryChange[]): PastRecord['attribution'] {
  const byPosition = new Map(history.map((change) => [change.position, change]));
  return Object.fromEntries(
    Object.keys(data).flatMap((field) => {
      const change = byPosition.get(fieldMeta[field]?.position ?? 0);
      return change ? [[field, { actor: change.actor, at: change.arrivedAt, position: change.position }] as const] : [];
    }),
  );
}
