import { foldCase, textOf } from '../../core/modules/reading.ts';
import type { RecordRow } from '../replica/database.ts';

/** The records that have every word of a query in one of the fields, whatever its case. */
export function searchRecords(records: readonly RecordRow[], fields: readonly string[], query: string): RecordRow[] {
  const words = foldCase(query).split(/\s+/);
  return records.filter((record) => {
    const text = foldCase(fields.map((field) => textOf(record, field) ?? '').join('\n'));
    return words.every((word) => text.includes(word));
  });
}
