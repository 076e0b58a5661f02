import { sql } from 'drizzle-orm';
import type { Transaction } from '../../../src/database/database.ts';

/** What tends to come out differently where two programs write the same thing down. */
const TEXTS = [
  ...[
    'a',
    'Ärger',
    '日本語',
    '👩‍👩‍👧',
    '\u{10ffff}',
    'mark\ufeff',
    '\ufeff',
    '\ufeffmark',
    '\u2028\u2029',
    'e\u0301',
    '\u007f\u0080',
  ],
  ...[
    '"quoted"',
    "it's",
    'back\\slash',
    '\\u0041',
    ',"data":',
    ',"actor":{"kind": "x"}',
    '{"a": 1}',
    '\t\r\n\b\f\u0001\u001f',
  ],
  ...[' ', '%s', '$1', '\\x00', 'null', '-', "'); drop", 'x'.repeat(3_000)],
];
/** As JSON, since no number of JavaScript holds all of them. */
const VALUES = [
  ...['null', 'true', '[]', '{}', '[null,[[]],{"b":1,"a":{"":2}}]', '0', '-0', '1.0', '1e2', '0.1', '1E-20', '1e300'],
  ...['123456789012345678901234567890.123456789', '9007199254740993', '1.10', '"2026-01-01T00:00:00Z"'],
];

/** A plain insert of so many random changes, which any writer may give. */
export async function insertRandomChanges(tx: Transaction, user: string, count: number, random: () => number) {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  const rows = Array.from({ length: count }, () => {
    const op = pick(['insert', 'update', 'update', 'delete']);
    const fields = Array.from({ length: Math.floor(random() * 5) }, () => {
      const name = pick(TEXTS) === 'deletedAt' ? 'x' : pick(TEXTS).slice(0, 40);
      return `${JSON.stringify(name)}:${random() < 0.5 ? pick(VALUES) : JSON.stringify(pick(TEXTS))}`;
    });
    const texts = { recordId: pick(TEXTS).slice(0, 50), clientId: pick(TEXTS).slice(0, 50), op };
    const rest = JSON.stringify({ ...texts, table: pick(TEXTS).slice(0, 50) });
    return `${rest.slice(0, -1)},"data":{${op === 'delete' ? '' : fields.join()}}}`;
  });
  await tx.query(sql`
    insert into sync_changes (user_id, app_id, table_name, record_id, op, data, client_id, schema_version, actor)
    select ${user}, 'chain', c ->> 'table', c ->> 'recordId', c ->> 'op', c -> 'data', c ->> 'clientId',
           1, '{"kind":"user"}'
    from jsonb_array_elements(${`[${rows.join()}]`}::text::jsonb) with ordinality as changes (c, n) order by n`);
}
