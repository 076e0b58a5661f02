// What a page says of a change, whatever is in it: the texts that are put together against objects built field by field.
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.ts';
import type { LoggedChange } from '../../src/core/log/change.ts';
import type { WireChange } from '../../src/core/sync/wire.ts';
import { type Database, userSession, withUser } from '../../src/database/database.ts';
import { jsonb } from '../../src/database/statement.ts';
import { type ChangesQuery, readPage } from '../../src/sync/read-page.ts';
import { newUser, onBothEngines } from '../support/engines.ts';

/** The shape of a change, as it was first written: the reference. */
function shaped(change: Omit<LoggedChange, 'userId' | 'createdAt'> & { createdAt: Date }): WireChange {
  const { data, fieldTimestamps } = change;
  const valueIn = (field: string) => (Object.hasOwn(data, field) ? (data[field] as Json) : null);
  const written = Object.entries(fieldTimestamps);
  return {
    eventId: change.id,
    appId: change.appId,
    table: change.tableName,
    id: change.recordId,
    op: change.op,
    fields: Object.fromEntries(written.map(([field, updatedAt]) => [field, { value: valueIn(field), updatedAt }])),
    ...(change.op === 'insert'
      ? { data: Object.fromEntries(Object.entries(data).filter(([field]) => field !== 'deletedAt')) }
      : {}),
    ...(change.op === 'delete' ? { deletedAt: valueIn('deletedAt') as string } : {}),
    schemaVersion: change.schemaVersion,
    actor: change.actor,
    clientId: change.clientId,
    position: change.position,
    createdAt: change.createdAt.toISOString(),
  };
}

const readAs = (db: Database, user: string) => (query: Partial<ChangesQuery>) =>
  readPage((statement, onRow) => db.runTexts(userSession(user), statement, onRow), {
    since: { kind: 'start' },
    limit: 1_000,
    ...query,
  });

async function textOf(db: Database, user: string, query: Partial<ChangesQuery> = {}): Promise<string> {
  const page = await readAs(db, user)(query);
  return page.ok ? `[${Buffer.from(page.changes.bytes())}]` : page.reason;
}

/** The same changes, read column by column and shaped field by field. */
async function expected(db: Database, user: string): Promise<string> {
  const rows = await db.run<Parameters<typeof shaped>[0]>(
    userSession(user),
    sql`select id, app_id as "appId", table_name as "tableName", record_id as "recordId", op, data, actor, position,
               field_timestamps as "fieldTimestamps", client_id as "clientId", schema_version as "schemaVersion",
               created_at as "createdAt"
        from sync_changes order by position`,
  );
  return JSON.stringify(rows.map(shaped));
}

function append(db: Database, user: string, op: string, data: string | JsonObject, recordId = 'r', clientId = 'c') {
  const value = typeof data === 'string' ? sql`${data}::text::jsonb` : jsonb(data);
  return withUser(db, user, (tx) =>
    tx.query(sql`insert into sync_changes (user_id, app_id, table_name, record_id, op, data, client_id, actor)
      values (${user}, 'todo', 'tasks', ${recordId}, ${op}, ${value}, ${clientId}, '{"kind": "user"}')`),
  );
}

/** What Postgres takes: neither NUL nor half a surrogate pair. */
const text = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .filter((value) => !value.includes('\0') && value.isWellFormed());
const key = fc.oneof(
  fc.constantFrom(
    'deletedAt ',
    'title',
    '__proto__',
    '"',
    '\\',
    '\\"',
    'a": "b',
    '{',
    ']',
    ', "',
    '7',
    '10',
    'ü',
    '😀',
    '',
  ),
  text,
);
const value: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, '', '\\', '"', '\u2028', '\u0001\n\t\u007f', '"},{"', 1e21, 1e-7, -0.5, 0),
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }).map((members) => Object.fromEntries(members)),
  ),
})).value;
const change = fc.record({
  op: fc.constantFrom('insert', 'update', 'delete'),
  members: fc.array(fc.tuple(key, value), { maxLength: 6 }),
  deletedAt: fc.constantFrom<Json | undefined>(undefined, undefined, null, '2026-03-01T10:00:00+02:00'),
  recordId: fc.constantFrom('r', 'a"b', 'ü\u2028', '\\'),
});

onBothEngines((engine) => {
  test('is what it was when each field was built as an object, on any changes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const user = newUser();
        for (const { op, members, deletedAt, recordId } of changes) {
          const data = Object.fromEntries([...members, ...(deletedAt === undefined ? [] : [['deletedAt', deletedAt]])]);
          await append(engine().db, user, op, data, recordId);
        }
        const page = JSON.parse(await textOf(engine().db, user));
        // Through JSON.stringify: -0, which the log does not have, and the order of the keys.
        expect(JSON.stringify(page)).toBe(await expected(engine().db, user));
      }),
      { numRuns: 60 },
    );
  });

  test('a number comes with all its digits, and one beyond double as null', async () => {
    const user = newUser();
    const long = `1${'0'.repeat(400)}`;
    await append(
      engine().db,
      user,
      'insert',
      `{"n": 9007199254740993, "zero": -0, "e": 1e400, "m": [-1e400, 1e308, 0.1, "${long}, \\"${long}"], "s": 1.50}`,
    );
    const page = await textOf(engine().db, user);
    expect(page).toContain('{"value":9007199254740993,');
    expect(JSON.parse(page)[0].data).toEqual({
      n: 9007199254740992,
      zero: 0,
      e: null,
      m: [null, 1e308, 0.1, `${long}, "${long}`],
      s: 1.5,
    });
    expect(JSON.stringify(JSON.parse(page))).toBe(await expected(engine().db, user));
  });

  test('a page ends at its limit or at its bytes, and says whether there is more', async () => {
    const { db } = engine();
    const user = newUser();
    for (const id of ['a', 'b', 'c', 'd']) await append(db, user, 'insert', { title: 'x'.repeat(1_000) }, id, id);
    const read = async (query: Partial<ChangesQuery>) => {
      const page = await readAs(db, user)(query);
      if (!page.ok) return page;
      const changes: WireChange[] = JSON.parse(`[${Buffer.from(page.changes.bytes())}]`);
      return [changes.map(({ id }) => id).join(''), page.hasMore, page.syncedUntil.split('.')[1]];
    };
    expect(await read({})).toEqual(['abcd', false, '4']);
    expect(await read({ limit: 4 })).toEqual(['abcd', false, '4']);
    expect(await read({ limit: 3 })).toEqual(['abc', true, '3']);
    // A page has one change at the least, however large.
    expect(await read({ maxBytes: 1 })).toEqual(['a', true, '1']);
    expect(await read({ maxBytes: 1_500 })).toEqual(['ab', true, '2']);
    expect(await read({ limit: 2, maxBytes: 1_500 })).toEqual(['ab', true, '2']);
    expect(await read({ maxBytes: 4_000 })).toEqual(['abcd', false, '4']);
    expect(await read({ exceptClientId: 'd' })).toEqual(['abc', false, '4']);
    expect(await read({ exceptClientId: 'b', limit: 1 })).toEqual(['a', true, '1']);
    expect(await read({ appIds: ['notes'] })).toEqual(['', false, '4']);
  });
});
