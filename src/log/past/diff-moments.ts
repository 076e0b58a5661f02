import { sql } from 'drizzle-orm';
import type { Json } from '../../core/json.ts';
import type { Actor } from '../../core/log/actor.ts';
import type { FoldedRecord } from '../../core/log/merge.ts';
import { addressKey, type RecordAddress } from '../../core/log/record-address.ts';
import type { Registry } from '../../core/modules/registry.ts';
import { sameJson } from '../../core/same-json.ts';
import type { Transaction } from '../../database/database.ts';
import { labelOf } from '../label-of.ts';
import { type HistoryChange, readHistories } from './read-history.ts';
import { foldHistory } from './record-at.ts';

/** What differs in one record between two moments. */
export interface RecordDiff extends RecordAddress {
  label: string;
  kind: 'created' | 'changed' | 'deleted';
  /** Of a deleted record the field `deletedAt` alone. */
  fields: FieldDiff[];
}

export interface FieldDiff {
  field: string;
  before: Json;
  after: Json;
  /** The write that stands at the later moment. */
  by: { position: number; actor: Actor; clientId: string; writtenAt: string; arrivedAt: string };
}

/** Records whose histories are held at a time. */
const PAGE = 500;

/**
 * What differs between the records of the transaction's user after the change at `from` and after that at `to`, in the order
 * in which they were first touched in between; `only` one of them. What was changed and changed back differs in nothing,
 * and what came and went in between is not told either.
 */
export async function diffMoments(
  tx: Transaction,
  registry: Registry,
  { from, to, only }: { from: number; to: number; only?: RecordAddress | undefined },
  onDiff: (diff: RecordDiff) => void,
): Promise<void> {
  const touched = await tx.query<RecordAddress>(sql`
    select app_id as "appId", table_name as "table", record_id as id from sync_changes
    where user_id = current_user_id() and position > ${from} and position <= ${to}
      and ${only ? sql`(app_id, table_name, record_id) = (${only.appId}, ${only.table}, ${only.id})` : sql`true`}
    group by app_id, table_name, record_id order by min(position)`);
  for (let start = 0; start < touched.length; start += PAGE) {
    const page = touched.slice(start, start + PAGE);
    const histories = await readHistories(tx, page, to);
    for (const address of page) {
      const diff = diffHistory(histories.get(addressKey(address)) ?? [], from);
      if (!diff) continue;
      onDiff({ ...address, label: labelOf(registry, address, diff.record.data), kind: diff.kind, fields: diff.fields });
    }
  }
}

function diffHistory(
  history: HistoryChange[],
  from: number,
): (Pick<RecordDiff, 'kind' | 'fields'> & { record: FoldedRecord }) | null {
  const before = foldHistory(history.filter(({ position }) => position <= from));
  const after = foldHistory(history);
  const [lived, lives] = [isAlive(before), isAlive(after)];
  if (!after || (!lived && !lives)) return null;
  const kind = lived ? (lives ? 'changed' : 'deleted') : 'created';
  const changes = new Map(history.map((change) => [change.position, change]));
  const names = kind === 'deleted' ? ['deletedAt'] : Object.keys(after.data);
  const fields = names.flatMap((field): FieldDiff[] => {
    const [was, is] = [kind === 'created' ? null : valueIn(before, field), valueIn(after, field)];
    const write = Object.hasOwn(after.fieldMeta, field) ? after.fieldMeta[field] : undefined;
    const change = changes.get(write?.position ?? 0);
    if (sameJson(was, is) || !write || !change) return [];
    const { position, actor, clientId, arrivedAt } = change;
    return [
      { field, before: was, after: is, by: { position, actor, clientId, writtenAt: write.updatedAt, arrivedAt } },
    ];
  });
  return kind === 'changed' && fields.length === 0 ? null : { kind, fields, record: after };
}

function isAlive(record: FoldedRecord | undefined): boolean {
  return record !== undefined && record.deletedAt === null;
}

function valueIn(record: FoldedRecord | undefined, field: string): Json {
  if (field === 'deletedAt') return record?.deletedAt ?? null;
  return record && Object.hasOwn(record.data, field) ? (record.data[field] ?? null) : null;
}
