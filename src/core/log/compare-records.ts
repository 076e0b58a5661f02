import { isSameJson, type Json } from '../json.ts';
import type { FoldedRecord } from './merge.ts';

/** One thing about a row of a projection that is not as the log has it; undefined: there is no such thing. */
export interface FieldDifference {
  /** `data.title`, `fieldMeta.title`, or the name of a column. */
  field: string;
  held: Json | undefined;
  expected: Json | undefined;
}

/** What a held record has otherwise than the log; empty when they say the same, whatever the order of keys. */
export function compareRecords(held: FoldedRecord, expected: FoldedRecord): FieldDifference[] {
  return [
    ...compareObjects('data.', held.data, expected.data),
    ...compareObjects('fieldMeta.', held.fieldMeta, expected.fieldMeta),
    ...compareColumns(held, expected, ['deletedAt', 'firstPosition', 'lastPosition']),
  ];
}

/** The columns, of those named, that differ. */
export function compareColumns<Row extends { [K in Column]: Json | undefined }, Column extends string>(
  held: Row,
  expected: Row,
  columns: readonly Column[],
): FieldDifference[] {
  return columns
    .filter((column) => !isSameJson(held[column], expected[column]))
    .map((field) => ({ field, held: held[field], expected: expected[field] }));
}

function compareObjects(prefix: string, held: object, expected: object): FieldDifference[] {
  const [here, there] = [held, expected] as [Record<string, Json>, Record<string, Json>];
  if (isSameJson(here, there)) return [];
  const differences: FieldDifference[] = [];
  for (const field of new Set([...Object.keys(held), ...Object.keys(expected)])) {
    const [a, b] = [own(here, field), own(there, field)];
    if (!isSameJson(a, b)) differences.push({ field: `${prefix}${field}`, held: a, expected: b });
  }
  return differences;
}

function own(object: Record<string, Json>, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
