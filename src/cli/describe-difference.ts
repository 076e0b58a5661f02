import type { FieldDifference } from '../core/log/compare-records.ts';
import type { Difference } from '../log/rebuild/difference.ts';

const KINDS: Record<Difference['kind'], string> = {
  missing: 'is missing',
  phantom: 'is not in the log',
  differs: 'is not as the log has it',
};

/** A row that differs, and below it each field that does: held, and as the log has it. */
export function describeDifference({ projection, key, kind, fields }: Difference): string {
  return [`  ${projection} ${key} ${KINDS[kind]}`, ...fields.map((field) => `    ${describeField(field)}`)].join('\n');
}

function describeField({ field, held, expected }: FieldDifference): string {
  return `${field}: held ${describeValue(held)}, in the log ${describeValue(expected)}`;
}

function describeValue(value: FieldDifference['held']): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
