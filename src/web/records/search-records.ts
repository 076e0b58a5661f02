import { foldCase, textOf } from '../../core/modules/reading.ts';
import type { ReplicaRecord } from '../replica/read/list-records.ts';

/** The records that have every word of a query in one of the fields, whatever its case. */
export function searchRecords(
  records: readonly ReplicaRecord[],
  fields: readonly string[],
  query: string,
): ReplicaRecord[] {
  const words = foldCase(query).split(/\s+/);
  return records.filter((record) => {
    const text = foldCase(fields.map((field) => textOf(record, field) ?? '').join('\n'));
    return words.every((word) => text.includes(word));
  });
}
