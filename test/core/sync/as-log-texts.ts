import type { Json } from '../../../src/core/json.ts';
import type { LoggedChange } from '../../../src/core/log/change.ts';
import type { ChangeTexts } from '../../../src/core/log/change-texts.ts';

/** A change as the texts that Postgres gives of its columns. */
export function asLogTexts(change: Omit<LoggedChange, 'userId'>): ChangeTexts {
  const { data, fieldTimestamps, actor, schemaVersion, position, ...texts } = change;
  return {
    ...texts,
    data: jsonbText(data),
    fieldTimestamps: jsonbText(fieldTimestamps),
    actor: jsonbText(actor as unknown as Json),
    schemaVersion: String(schemaVersion),
    position: String(position),
  };
}

/** As jsonb is written: shorter keys first, then by their bytes; a space after each colon and comma. */
function jsonbText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(jsonbText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => ({ bytes: Buffer.from(key), key, member }));
  members.sort((a, b) => a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes));
  return `{${members.map(({ key, member }) => `${JSON.stringify(key)}: ${jsonbText(member)}`).join(', ')}}`;
}
