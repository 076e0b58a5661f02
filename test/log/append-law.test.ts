import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/core/log/change.ts';
import { appendBatch } from '../../src/database/append-batch.ts';
import { type Database, userSession, withUser } from '../../src/database/database.ts';
import { jsonb } from '../../src/database/statement.ts';
import { newUser, onBothEngines, openTestPostgres } from '../support/engines.ts';
import { HISTORY_TIMEOUT, runs } from './append-split.ts';

const BATCHES = 80;
const TIME = '2025-03-01T10:00:00.000Z';
const LATER = '2025-03-01T10:00:00.001Z';

/** What a batch is made of: changes that the log admits as they are, and such as it completes, mends, skips or refuses. */
const change: fc.Arbitrary<Change> = fc
  .record({
    id: fc.option(fc.constantFrom('e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7', 'e8'), { freq: 8, nil: undefined }),
    appId: fc.constantFrom('todo', 'todo', 'todo', 'ai'),
    recordId: fc.constantFrom('r1', 'r2', 'r3', 'r4'),
    op: fc.constantFrom('insert', 'update', 'update', 'delete'),
    data: fc.dictionary(
      fc.constantFrom('title', 'state', 'a "quoted": "name', 'k: ', '2025: ', '__proto__'),
      fc.constantFrom(1, null, 'x', [TIME]),
    ),
    at: fc.constantFrom(TIME, LATER),
    clientId: fc.constantFrom('a', 'b: ', '"c"'),
  })
  .map(({ appId, data, at, op, ...rest }): Change => {
    const written = op === 'delete' ? { deletedAt: at } : data;
    return {
      ...rest,
      ...{ appId, tableName: appId === 'ai' ? 'aiMissions' : 'tasks', op, data: written, schemaVersion: 1 },
      fieldTimestamps: Object.fromEntries(Object.keys(written).map((field) => [field, at])),
      actor: { kind: 'user' },
    } as Change;
  });

type Twist = (change: Change) => object;
const data =
  (twist: object): Twist =>
  (of) => ({ data: { ...of.data, ...twist } });
const times =
  (twist: object): Twist =>
  (of) => ({ fieldTimestamps: { ...of.fieldTimestamps, ...twist } });
const all =
  (time: string): Twist =>
  (of) => ({
    fieldTimestamps: Object.fromEntries(Object.keys(of.data).map((field) => [field, time])),
    ...(of.op === 'delete' ? { data: { deletedAt: time } } : {}),
  });
const only =
  (twist: object): Twist =>
  () =>
    twist;

/** Each makes one change other than the log takes it as it is; not all of them make it one that it refuses. */
const TWISTS: Twist[] = [
  ...[only({ op: 'erase' }), only({ op: null }), only({ recordId: '' }), only({ recordId: 'r'.repeat(240) })],
  ...[
    only({ recordId: 'r'.repeat(256) }),
    only({ appId: 'a'.repeat(201) }),
    only({ tableName: '' }),
    only({ clientId: '' }),
  ],
  ...[only({ clientId: 'c'.repeat(201) }), only({ id: '' }), only({ id: 'e'.repeat(201) }), only({ schemaVersion: 0 })],
  ...[
    only({ data: [] }),
    only({ data: null }),
    only({ data: 'x' }),
    only({ data: {} }),
    only({ fieldTimestamps: [TIME] }),
  ],
  ...[
    only({ fieldTimestamps: {} }),
    only({ fieldTimestamps: undefined }),
    only({ schemaVersion: undefined, clientId: undefined }),
  ],
  ...[
    only({ actor: {} }),
    only({ actor: null }),
    only({ actor: { kind: 'user', also: 1 } }),
    only({ actor: { kind: 'ai' } }),
  ],
  ...[
    only({ actor: { kind: 'system', source: 'rule' } }),
    data({ deletedAt: null }),
    data({ deletedAt: TIME }),
    data({ deletedAt: 1 }),
  ],
  ...[
    data({ deletedAt: '2025-03-01' }),
    data({ fresh: 1 }),
    times({ title: LATER }),
    times({ gone: TIME }),
    times({ deletedAt: LATER }),
  ],
  ...[
    times({ title: null }),
    times({ title: 'yesterday' }),
    all('2025-03-01T11:00:00+01:00'),
    all('2025-02-30T10:00:00.000Z'),
  ],
  ...[
    all('2999-01-01T00:00:00.000Z'),
    all('1960-01-01T00:00:00.000Z'),
    all('0000-01-01T00:00:00.000Z'),
    all('2025-03-01T10:00:00.000000Z'),
  ],
];

const batch: fc.Arbitrary<Change[]> = fc.array(
  fc
    .tuple(change, fc.option(fc.constantFrom(...TWISTS), { freq: 6, nil: undefined }))
    .map(([of, twist]) => (twist ? ({ ...of, ...twist(of) } as Change) : of)),
  { minLength: 1, maxLength: 6 },
);

onBothEngines((engine) => {
  test(
    'what the service appends comes to the same as the plain insert, refusals included',
    async () => {
      const outcomes = { admitted: 0, refused: 0 };
      await fc.assert(
        fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 4 }), async (batches) => {
          const [plain, pushed] = [newUser(), newUser()];
          for (const changes of batches) {
            const expected = await outcomeOf(insertPlainly(engine().db, plain, changes));
            const outcome = await outcomeOf(
              withUser(engine().db, pushed, (tx) => appendBatch(tx, pushed, changes)).then(({ admitted }) => admitted),
            );
            expect(outcome).toEqual(expected);
            outcomes[Array.isArray(outcome) ? 'admitted' : 'refused'] += 1;
          }
          expect(await stateOf(engine().db, pushed)).toEqual(await stateOf(engine().db, plain));
        }),
        runs(BATCHES),
      );
      // Negative control: both kinds were tried.
      expect(Math.min(outcomes.admitted, outcomes.refused)).toBeGreaterThan(10);
    },
    HISTORY_TIMEOUT,
  );

  test.each(TWISTS.map((twist, nth) => [nth, twist] as const))(
    'so does a single change, twisted in way %i',
    async (_, twist) => {
      for (const op of ['insert', 'update', 'delete'] as const) {
        const of: Change = {
          ...{ id: 'e1', appId: 'todo', tableName: 'tasks', recordId: 'r1', op, clientId: 'a', schemaVersion: 1 },
          ...(op === 'delete'
            ? { data: { deletedAt: TIME }, fieldTimestamps: {} }
            : { data: { title: 'x' }, fieldTimestamps: { title: TIME } }),
          actor: { kind: 'user' },
        };
        const changes = [{ ...of, ...twist(of) } as Change];
        const [plain, pushed] = [newUser(), newUser()];
        const expected = await outcomeOf(insertPlainly(engine().db, plain, changes));
        const outcome = await outcomeOf(
          withUser(engine().db, pushed, (tx) => appendBatch(tx, pushed, changes)).then(({ admitted }) => admitted),
        );
        expect(outcome).toEqual(expected);
        expect(await stateOf(engine().db, pushed)).toEqual(await stateOf(engine().db, plain));
      }
    },
  );

  test('a batch that the row trigger would leave as it is passes it over', async () => {
    const user = newUser();
    const changes = ['r1', 'r2', 'r3'].map(
      (recordId): Change => ({
        ...{ id: recordId, appId: 'todo', tableName: 'tasks', recordId, op: 'insert', data: { title: 'x' } },
        ...{ fieldTimestamps: { title: TIME }, actor: { kind: 'user' } },
      }),
    );
    await withUser(engine().db, user, (tx) => appendBatch(tx, user, changes));
    const arrivals = await engine().db.run(userSession(user), sql`select distinct created_at from sync_changes`);
    // The trigger gives each row its own.
    expect(arrivals).toHaveLength(1);
  });

  describe('append_changes, called by a person with whatever they like,', () => {
    const given = { id: 'e1', appId: 'todo', tableName: 'tasks', recordId: 'r1', op: 'insert', data: { title: 'x' } };
    const at = Date.parse(TIME);
    const actor = { kind: 'user' };
    const call = (user: string, as: string, changes: object[]) =>
      engine().db.run<{ ids: string[] | null }>(
        userSession(user),
        sql`select to_json(ids) as ids from append_changes(${as}, ${JSON.stringify(changes)}::text::json)`,
      );

    test("writes into nobody else's log", async () => {
      const [mine, other] = [newUser(), newUser()];
      await expect(call(mine, other, [{ ...given, at, actor }])).rejects.toMatchObject({ constraint: 'user_mismatch' });
      expect((await stateOf(engine().db, other)).log).toEqual([]);
    });

    test('gives neither position nor time of arrival', async () => {
      const user = newUser();
      const forged = { position: 900, createdAt: '2001-01-01T00:00:00Z', created_at: '2001-01-01T00:00:00Z', n: 70 };
      await engine().db.transaction(userSession(user), async (tx) => {
        await tx.query(
          sql`select set_config('app.log_position', '500', true), set_config('app.log_stamp', '2999', true)`,
        );
        await tx.query(
          sql`select append_changes(${user}, ${JSON.stringify([{ ...given, at, actor, ...forged }])}::text::json)`,
        );
      });
      const [row] = await engine().db.run<{ position: number; late: boolean; stamp: string }>(
        userSession(user),
        sql`select c.position, c.created_at > now() - interval '1 hour' as late, h.stamp
          from sync_changes c join user_heads h on h.user_id = c.user_id and h.position = c.position`,
      );
      expect(row).toEqual({ position: 1, late: true, stamp: TIME });
    });

    test.each([
      ['an actor that is none', { actor: { kind: 'ai' } }, 'invalid_actor'],
      ['no actor', { actor: undefined }, 'invalid_actor'],
      ['a time in the future', { at: at + 1e13 }, 'time_in_future'],
      ['no object', { data: [1] }, 'invalid_data'],
      ['an op that is none', { op: 'erase' }, 'invalid_op'],
    ])('is refused %s', async (_, twist, constraint) => {
      const user = newUser();
      await expect(call(user, user, [{ ...given, at, actor, ...twist }])).rejects.toMatchObject({ constraint });
      expect((await stateOf(engine().db, user)).log).toEqual([]);
    });

    test('and a plain insert that names a position is refused', async () => {
      const user = newUser();
      await expect(
        engine().db.run(
          userSession(user),
          sql`insert into sync_changes (user_id, position, id, app_id, table_name, record_id, op, actor, created_at)
            values (${user}, 1, 'e', 'todo', 'tasks', 'r', 'erase', '{"kind":"nobody"}', now())`,
        ),
      ).rejects.toMatchObject({ code: '42501' });
    });
  });
});

test('a position that the owner of the table names passes nothing over', async () => {
  const engine = await openTestPostgres();
  const client = new pg.Client({ connectionString: engine.url });
  try {
    await client.connect();
    const insert = (op: string) =>
      client.query(
        `insert into sync_changes (user_id, position, id, app_id, table_name, record_id, op, data, actor, created_at)
         values ('owner', 900, gen_random_uuid(), 'todo', 'tasks', 'r', $1, '{"title":"x"}', '{"kind":"user"}', '2001-01-01')
         returning position, created_at > now() - interval '1 hour' as late`,
        [op],
      );
    await client.query(`set app.current_user_id = 'owner'`);
    await expect(insert('erase')).rejects.toMatchObject({ constraint: 'invalid_op' });
    expect((await insert('insert')).rows).toEqual([{ position: '1', late: true }]);
  } finally {
    await client.end();
    await engine.close();
  }
});

/** The insert that any writer may use: each change goes through the row trigger. */
function insertPlainly(db: Database, user: string, changes: Change[]): Promise<{ id: string; position: number }[]> {
  return db.run(
    userSession(user),
    sql`insert into sync_changes
        (user_id, id, app_id, table_name, record_id, op, data, field_timestamps, client_id, schema_version, actor)
      select ${user}, c ->> 'id', c ->> 'appId', c ->> 'tableName', c ->> 'recordId', c ->> 'op', c -> 'data',
             coalesce(c -> 'fieldTimestamps', '{}'), coalesce(c ->> 'clientId', 'server'),
             coalesce((c ->> 'schemaVersion')::int, 1), c -> 'actor'
      from jsonb_array_elements(${jsonb(changes)}) with ordinality as changes (c, n)
      order by n
      returning id, position`,
  );
}

/** What was admitted, or with which code and of which field it was refused. */
async function outcomeOf(appending: Promise<{ id: string; position: number }[]>) {
  try {
    return (await appending).map(({ id, position }) => ({ id: isMade(id) ? 'made' : id, position }));
  } catch (error) {
    const { code, constraint, column } = error as Record<string, unknown>;
    return { code, constraint, column };
  }
}

/** All that a user has, but for what no two logs have in common: times of arrival, and ids that the log made. */
async function stateOf(db: Database, user: string): Promise<{ log: unknown[] } & Record<string, unknown>> {
  const rows = (statement: ReturnType<typeof sql>) => db.run<{ row: object }>(userSession(user), statement);
  const [log, records, missions, heads] = await Promise.all([
    rows(sql`select to_jsonb(c) - array['user_id', 'created_at', 'link'] || jsonb_build_object('isFirst', link is not null) as row
         from sync_changes c order by position`),
    rows(sql`select to_jsonb(r) - 'user_id' as row from records r order by app_id, record_id collate "C"`),
    rows(sql`select jsonb_build_array(mission_id, state, deleted_at, wanted) as row from missions order by 1`),
    rows(sql`select jsonb_build_array(position, stamp) as row from user_heads`),
  ]);
  return JSON.parse(JSON.stringify({ log, records, missions, heads }), (_, value) =>
    typeof value === 'string' && (isMade(value) || (value.startsWith('202') && value > '2026')) ? 'made' : value,
  );
}

function isMade(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(text);
}
