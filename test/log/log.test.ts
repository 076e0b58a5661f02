import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/core/log/change.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { userSession, withUser } from '../../src/database/database.ts';
import { newUser, onBothEngines, type TestEngine } from '../support/engines.ts';

const T1 = '2026-03-01T10:00:00.000Z';
const T2 = '2026-03-01T11:00:00.000Z';

function change(over: Partial<Change> = {}): Change {
  return {
    appId: 'todo',
    tableName: 'tasks',
    recordId: 't1',
    op: 'insert',
    data: { title: 'A' },
    actor: { kind: 'user' },
    ...over,
  };
}

function append(engine: TestEngine, user: string, ...changes: Change[]) {
  return withUser(engine.db, user, (tx) => appendChanges(tx, user, changes));
}

function query<Row>(engine: TestEngine, user: string, statement: Parameters<TestEngine['db']['run']>[1]) {
  return engine.db.run<Row>(userSession(user), statement);
}

async function record(engine: TestEngine, user: string, id = 't1') {
  const [row] = await query<{
    data: object;
    deleted: boolean;
    meta: Record<string, { updatedAt: string; clientId: string; position: number }>;
  }>(
    engine,
    user,
    sql`select data, deleted_at is not null as deleted, field_meta as meta from records where record_id = ${id}`,
  );
  return row;
}

onBothEngines((engine) => {
  describe('positions', () => {
    test('count from 1 without a hole, per user, over statements of several rows', async () => {
      const [a, b] = [newUser(), newUser()];
      await append(engine(), a, change(), change({ recordId: 't2' }), change({ recordId: 't3' }));
      await append(engine(), b, change());
      await append(engine(), a, change({ recordId: 't4' }));
      expect(await query(engine(), a, sql`select position from sync_changes order by position`)).toEqual(
        [1, 2, 3, 4].map((position) => ({ position })),
      );
      expect(await query(engine(), b, sql`select position from sync_changes`)).toEqual([{ position: 1 }]);
    });

    test('a failed statement leaves no hole, also under a savepoint', async () => {
      const user = newUser();
      await withUser(engine().db, user, async (tx) => {
        await appendChanges(tx, user, [change()]);
        await tx.query(sql`savepoint s`);
        await expect(
          appendChanges(tx, user, [change({ recordId: 'x' }), change({ op: 'erase' as 'insert' })]),
        ).rejects.toThrow();
        await tx.query(sql`rollback to savepoint s`);
        await appendChanges(tx, user, [change({ recordId: 't2' })]);
      });
      expect(await query(engine(), user, sql`select position, record_id as id from sync_changes order by 1`)).toEqual([
        { position: 1, id: 't1' },
        { position: 2, id: 't2' },
      ]);
    });

    test('a writer cannot choose position or arrival', async () => {
      const user = newUser();
      const insert = sql`insert into sync_changes (user_id, position, app_id, table_name, record_id, op, actor)
        values (${user}, 99, 'todo', 'tasks', 't1', 'insert', '{"kind":"user"}')`;
      await expect(query(engine(), user, insert)).rejects.toMatchObject({ code: '42501' });
    });
  });

  describe('event ids', () => {
    test('the same event again is a no-op, in another statement and in the same one', async () => {
      const user = newUser();
      const event = change({ id: 'e1', fieldTimestamps: { title: T1 } });
      expect(await append(engine(), user, event, event)).toHaveLength(1);
      expect(await append(engine(), user, event, change({ id: 'e2', recordId: 't2' }), event)).toEqual([
        { id: 'e2', position: 2 },
      ]);
      expect(await append(engine(), user, event)).toEqual([]);
    });

    test('a retry without times is the same event, whatever time it arrives', async () => {
      const user = newUser();
      await append(engine(), user, change({ id: 'e1' }), change({ id: 'e2', op: 'delete', data: {} }));
      expect(await append(engine(), user, change({ id: 'e1' }), change({ id: 'e2', op: 'delete', data: {} }))).toEqual(
        [],
      );
    });

    test.each([
      ['data', { data: { title: 'B' } }],
      ['record', { recordId: 't9' }],
      ['op', { op: 'update' as const }],
      ['time', { fieldTimestamps: { title: T2 } }, 'field_timestamps.title'],
      ['actor', { actor: { kind: 'system', source: 'rule' } as const }],
    ])('the same id with another %s is refused, and nothing of the statement lands', async (_, over, column = 'id') => {
      const user = newUser();
      await append(engine(), user, change({ id: 'e1', fieldTimestamps: { title: T1 } }));
      await expect(
        append(
          engine(),
          user,
          change({ recordId: 'new' }),
          change({ id: 'e1', fieldTimestamps: { title: T1 }, ...over }),
        ),
      ).rejects.toMatchObject({ constraint: 'event_id_reused', column });
      expect(await record(engine(), user, 'new')).toBeUndefined();
    });

    test('two users may use the same id', async () => {
      const [a, b] = [newUser(), newUser()];
      await append(engine(), a, change({ id: 'e1' }));
      expect(await append(engine(), b, change({ id: 'e1', data: { title: 'B' } }))).toHaveLength(1);
    });
  });

  describe('append-only', () => {
    test.each(['update sync_changes set op = op', 'delete from sync_changes', 'truncate sync_changes'])(
      '%s',
      async (text) => {
        const user = newUser();
        await append(engine(), user, change());
        await expect(query(engine(), user, sql.raw(text))).rejects.toMatchObject({ code: '42501' });
      },
    );
  });

  describe('isolation', () => {
    test('nobody is seen when no user is set', async () => {
      const user = newUser();
      await append(engine(), user, change());
      const rows = await engine().db.run(
        { role: 'app_user', userId: '' },
        sql`select 1 from sync_changes union all select 1 from records`,
      );
      expect(rows).toEqual([]);
      await expect(
        engine().db.run(
          { role: 'app_user', userId: '' },
          sql`insert into sync_changes (user_id, app_id, table_name, record_id, op, actor)
        values ('', 'todo', 'tasks', 't1', 'insert', '{"kind":"user"}')`,
        ),
      ).rejects.toMatchObject({ constraint: 'user_not_set' });
    });

    test("a change in another user's name is refused", async () => {
      const [a, b] = [newUser(), newUser()];
      await append(engine(), a, change());
      await expect(
        withUser(engine().db, b, (tx) => appendChanges(tx, a, [change({ recordId: 't2' })])),
      ).rejects.toMatchObject({ constraint: 'user_mismatch' });
    });

    test('the same record id is another record for another user', async () => {
      const [a, b] = [newUser(), newUser()];
      await append(
        engine(),
        a,
        change({ appId: 'ai', tableName: 'aiMissions', recordId: 'm', data: { title: 'A', objective: 'O' } }),
      );
      await append(
        engine(),
        b,
        change({ appId: 'ai', tableName: 'aiMissions', recordId: 'm', op: 'update', data: { state: 'paused' } }),
      );
      await append(
        engine(),
        b,
        change({ appId: 'ai', tableName: 'aiMissions', recordId: 'm', op: 'delete', data: {} }),
      );
      expect(await query(engine(), a, sql`select state, wanted, deleted_at from missions`)).toEqual([
        { state: 'active', wanted: 1, deleted_at: null },
      ]);
    });

    test.each(['records', 'missions', 'user_heads', 'model_calls'])(
      '%s cannot be written past the log',
      async (table) => {
        const user = newUser();
        await append(engine(), user, change());
        await expect(query(engine(), user, sql.raw(`update ${table} set user_id = user_id`))).rejects.toMatchObject({
          code: '42501',
        });
        await expect(query(engine(), user, sql.raw(`delete from ${table}`))).rejects.toMatchObject({ code: '42501' });
      },
    );

    test("a person cannot call what is the runner's", async () => {
      await expect(
        query(engine(), newUser(), sql`select * from claim_missions('x', 1, '1 min', 1)`),
      ).rejects.toMatchObject({ code: '42501' });
      await expect(query(engine(), newUser(), sql`select raise_want('x', 'm')`)).rejects.toMatchObject({
        code: '42501',
      });
    });

    test('an empty user id is refused before a transaction begins', () => {
      expect(() => withUser(engine().db, '', async () => 1)).toThrow(/empty/);
    });

    test('the catalog: forced row security, pinned search_path, invoker views', async () => {
      const rows = await query<{ name: string; fault: string }>(
        engine(),
        newUser(),
        sql`
        select relname as name, 'row security is not forced' as fault from pg_class
          where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not (relrowsecurity and relforcerowsecurity)
        union all
        select relname, 'view without security_invoker' from pg_class
          where relnamespace = 'public'::regnamespace and relkind in ('v', 'm') and not coalesce('security_invoker=true' = any (reloptions), false)
        union all
        select proname, 'definer function without search_path' from pg_proc
          where pronamespace = 'public'::regnamespace and prosecdef and not coalesce(proconfig::text like '%search_path=%', false)
        union all
        select proname, 'definer function of a superuser' from pg_proc join pg_roles r on r.oid = proowner
          where pronamespace = 'public'::regnamespace and prosecdef and (rolsuper or rolbypassrls or rolcanlogin)`,
      );
      expect(rows).toEqual([]);
    });
  });

  describe('the fold', () => {
    test('takes the later write of each field, whatever order they arrive in', async () => {
      const user = newUser();
      await append(
        engine(),
        user,
        change({ data: { title: 'late', done: false }, fieldTimestamps: { title: T2, done: T1 }, clientId: 'a' }),
        change({
          op: 'update',
          data: { title: 'early', done: true },
          fieldTimestamps: { title: T1, done: T2 },
          clientId: 'b',
        }),
      );
      expect(await record(engine(), user)).toMatchObject({
        data: { title: 'late', done: true },
        meta: {
          title: { updatedAt: T2, clientId: 'a', position: 1 },
          done: { updatedAt: T2, clientId: 'b', position: 2 },
        },
      });
    });

    test('a later edit does not bring a deleted record back, a later insert does', async () => {
      const user = newUser();
      await append(engine(), user, change());
      await append(engine(), user, change({ op: 'delete', data: {} }));
      await append(engine(), user, change({ op: 'update', data: { title: 'B' } }));
      expect(await record(engine(), user)).toMatchObject({ deleted: true, data: { title: 'B' } });
      await append(engine(), user, change({ data: { title: 'C' }, fieldTimestamps: { title: T1 } }));
      expect(await record(engine(), user)).toMatchObject({ deleted: true, data: { title: 'B' } });
      await append(engine(), user, change({ data: { title: 'D' } }));
      expect(await record(engine(), user)).toMatchObject({ deleted: false, data: { title: 'D' } });
    });

    test('a write without a time is never older than what the log has seen', async () => {
      const user = newUser();
      const ahead = new Date(Date.now() + 50_000).toISOString();
      await append(engine(), user, change({ data: { title: 'fast clock' }, fieldTimestamps: { title: ahead } }));
      await append(engine(), user, change({ op: 'update', data: { title: 'edited here' } }));
      expect(await record(engine(), user)).toMatchObject({ data: { title: 'edited here' } });
    });

    test('times are normalised on arrival', async () => {
      const user = newUser();
      await append(
        engine(),
        user,
        change({
          data: { title: 'A', n: 1 },
          fieldTimestamps: { title: '2026-03-01T12:00:00.123456+02:00', n: '2026-03-01 10:00:00Z' },
        }),
      );
      expect(await record(engine(), user)).toMatchObject({
        meta: { title: { updatedAt: '2026-03-01T10:00:00.123Z' }, n: { updatedAt: T1 } },
      });
    });
  });

  describe('bad input is refused by name', () => {
    test.each([
      ['op', { op: 'upsert' as 'insert' }, 'invalid_op', 'op'],
      ['data that is no object', { data: [1] as never }, 'invalid_data', 'data'],
      ['an empty record id', { recordId: '' }, 'missing_field', 'record_id'],
      ['a record id that is too long', { recordId: 'x'.repeat(256) }, 'value_too_long', 'record_id'],
      ['no actor', { actor: null as never }, 'invalid_actor', 'actor'],
      ['an actor of no kind', { actor: { kind: 'admin' } as never }, 'invalid_actor', 'actor.kind'],
      [
        'an AI actor without a reason',
        { actor: { kind: 'ai', missionId: 'm', iterationId: 'i', proposalId: 'p' } as never },
        'invalid_actor',
        'actor.rationale',
      ],
      ['an unreadable time', { fieldTimestamps: { title: 'yesterday' } }, 'invalid_time', 'field_timestamps.title'],
      [
        'a time without an offset',
        { fieldTimestamps: { title: '2026-03-01T10:00:00' } },
        'invalid_time',
        'field_timestamps.title',
      ],
      [
        'a day that does not exist',
        { fieldTimestamps: { title: '2026-02-30T10:00:00Z' } },
        'invalid_time',
        'field_timestamps.title',
      ],
      [
        'a time in the future',
        { fieldTimestamps: { title: '2126-01-01T00:00:00Z' } },
        'time_in_future',
        'field_timestamps.title',
      ],
      ['a deletedAt that is no time', { data: { deletedAt: true } }, 'invalid_time', 'deletedAt'],
      ['a schema version below 1', { schemaVersion: 0 }, 'invalid_schema_version', 'schema_version'],
    ])('%s', async (_, over, constraint, column) => {
      const user = newUser();
      await expect(append(engine(), user, change({ recordId: 'before' }), change(over))).rejects.toMatchObject({
        constraint,
        column,
      });
      expect(await query(engine(), user, sql`select 1 from sync_changes union all select 1 from records`)).toEqual([]);
    });
  });

  test('the seed statement of such systems works as it is', async () => {
    const user = newUser();
    await query(
      engine(),
      user,
      sql`insert into sync_changes (app_id, table_name, record_id, user_id, op, data, field_timestamps, client_id, schema_version, actor)
      values ('ai', 'aiMissions', 'm1', ${user}, 'insert', '{"title":"Move","objective":"Find a flat"}', jsonb_build_object('title', now(), 'objective', now()), 'psql', 1, '{"kind":"user"}')`,
    );
    expect(await query(engine(), user, sql`select mission_id, state, wanted, planned from missions`)).toEqual([
      { mission_id: 'm1', state: 'active', wanted: 1, planned: 0 },
    ]);
  });
});
