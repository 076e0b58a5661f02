import type { Json } from '../json.ts';
import type { RecordView } from './module.ts';

/**
 * Reading records that nobody has validated: other clients write to the log too. Whatever a field holds, nothing here throws;
 * a value of the wrong kind counts as absent.
 */

/** The field's text, or undefined when it holds none. */
export function textOf(record: RecordView, field: string): string | undefined {
  const value = fieldOf(record, field);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** The field's finite number, or undefined. */
export function numberOf(record: RecordView, field: string): number | undefined {
  const value = fieldOf(record, field);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The field's value of any kind, or undefined. */
export function fieldOf(record: RecordView, field: string): Json | undefined {
  return Object.hasOwn(record.data, field) ? record.data[field] : undefined;
}

/** The name of a record: its field as one line, else its id. */
export function nameOf(record: RecordView, field: string): string {
  const name = textOf(record, field);
  return name === undefined ? record.id : oneLine(name, 500);
}

/** The first line of a description: what kind of record, its name, and the id that tools ask for. */
export function heading(kind: string, record: RecordView, field: string): string {
  return `${kind}: ${nameOf(record, field)} (id ${record.id})`;
}

/** The lines `Label: value` of those that have a value, under a heading. */
export function describeLines(first: string, fields: [label: string, value: string | number | undefined][]): string {
  const lines = fields.filter(([, value]) => value !== undefined).map(([label, value]) => `${label}: ${value}`);
  return [first, ...lines].join('\n');
}

/** Text on one line for a card or a list, cut at `max` UTF-16 units. */
export function oneLine(text: string, max = 120): string {
  return clip(text.trim().replace(/\s+/g, ' '), max);
}

/** At most `max` UTF-16 units of a text; what is cut is marked by an ellipsis, and no surrogate pair is torn. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** The order of two texts by code units: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The same for two spellings of a text that differ only in case, surrounding space or Unicode composition. */
export function foldCase(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}

/** An object for a read tool's answer: without the fields that are undefined. */
export function known(fields: Record<string, Json | undefined>): Record<string, Json> {
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined));
}
