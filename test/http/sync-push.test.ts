import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { userSession, withUser } from '../../src/database/database.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { readLog, recordsFolded, recordsHeld, type SyncClient, syncApp, syncClient } from './sync-app.ts';

const T1 = '2026-03-01T10:00:00.000Z';
const T2 = '2026-03-01T11:00:00.000Z';
const T3 = '2026-03-01T12:00:00.000Z';

const at = (value: unknown, updatedAt = T1) => ({ value, updatedAt });
const insert = (id: string, over: object = {}) => ({
  eventId: `insert-${id}`,
  table: 'tasks',
  id,
  op: 'insert',
  fields: { title: at(id) },
  ...over,
});
const update = (id: string, fields: object, over: object = {}) => ({
  table: 'tasks',
  id,
  op: 'update',
  fields,
  ...over,
});

onBothEngines((engine) => {
  let user: string;
  let phone: SyncClient;
  let laptop: SyncClient;
  beforeEach(() => {
    const app = syncApp(engine().db);
    user = newUser();
    phone = syncClient(app, user, 'phone');
    laptop = syncClient(app, user, 'laptop');
  });
  const log = () => readLog(engine().db, user);
  const append = (...changes: Change[]) => withUser(engine().db, user, (tx) => appendChanges(tx, user, changes));
  const task = (recordId: string) => ({ appId: 'todo', tableName: 'tasks', recordId, actor: USER });
  async function dataOf(id: string) {
    const [row] = await engine().db.run<{ data: object; deleted: boolean }>(
      userSession(user),
      sql`select data, deleted_at is not null as deleted from records where record_id = ${id}`,
    );
    return row;
  }

  describe('a push', () => {
    test('is in the log as it came, under the name of its client and of the user', async () => {
      const { status, body } = await phone.push([
        insert('t1', {
          fields: { title: at('A', '2026-03-01T11:00:00+01:00'), mood: at(null) },
          actor: { kind: 'user' },
        }),
        { table: 'tasks', id: 't2', op: 'insert', data: { title: 'B' } },
        { table: 'tasks', id: 't1', op: 'delete', deletedAt: T2 },
      ]);
      expect({ status, body }).toEqual({
        status: 200,
        body: { serverChanges: [], conflicts: [], syncedUntil: expect.stringMatching(/\.3$/), hasMore: false },
      });
      const common = {
        appId: 'todo',
        tableName: 'tasks',
        clientId: 'phone',
        schemaVersion: 1,
        actor: { kind: 'user' },
      };
      expect(await log()).toEqual([
        {
          ...common,
          id: 'insert-t1',
          recordId: 't1',
          op: 'insert',
          data: { title: 'A', mood: null },
          fieldTimestamps: { title: T1, mood: T1, deletedAt: T1 },
          position: 1,
        },
        expect.objectContaining({ ...common, recordId: 't2', data: { title: 'B' }, position: 2 }),
        expect.objectContaining({
          ...common,
          op: 'delete',
          data: { deletedAt: T2 },
          fieldTimestamps: { deletedAt: T2 },
        }),
      ]);
      expect(await dataOf('t1')).toEqual({ data: { title: 'A', mood: null }, deleted: true });
    });

    test('of nothing answers like a pull', async () => {
      await laptop.push([insert('t1')]);
      const { body } = await phone.push([]);
      expect(body).toEqual({ ...(await phone.pull()).body, conflicts: [] });
      expect(body.serverChanges).toHaveLength(1);
    });

    test('answers with what others wrote since, and not with its own', async () => {
      const first = await phone.push([insert('t1')]);
      await laptop.push([insert('t2')]);
      await append({ ...task('t3'), op: 'insert', data: { title: 'C' } });
      const second = await phone.push([insert('t4')], { since: first.body.syncedUntil });
      expect(second.body.serverChanges).toMatchObject([
        { id: 't2', clientId: 'laptop', position: 2 },
        { id: 't3', clientId: 'server', position: 3 },
      ]);
      expect(second.body).toMatchObject({ syncedUntil: expect.stringMatching(/\.4$/), hasMore: false });
      expect((await phone.push([], { since: second.body.syncedUntil })).body.serverChanges).toEqual([]);
    });

    test('answers with a thousand changes of others at most; the client pulls on', async () => {
      await append(
        ...Array.from(
          { length: 1_001 },
          (_, n): Change => ({ ...task(`t${n}`), op: 'insert', data: { title: `${n}` } }),
        ),
      );
      const { body } = await phone.push([insert('mine')]);
      expect(body.serverChanges).toHaveLength(1_000);
      expect(body).toMatchObject({ syncedUntil: expect.stringMatching(/\.1000$/), hasMore: true });
      const rest = await phone.pull(`?since=${body.syncedUntil}`);
      expect(rest.body.serverChanges).toHaveLength(1);
      expect(rest.body).toMatchObject({ syncedUntil: expect.stringMatching(/\.1002$/), hasMore: false });
    });

    test.each([null, '', '0', 0, '2020-01-01T00:00:00Z'])('may be since %j', async (since) => {
      await laptop.push([insert('t1')]);
      expect((await phone.push([], { since })).body.serverChanges).toHaveLength(1);
    });

    test('keeps collections that no module declares, and fields of any name', async () => {
      const fields = JSON.parse(
        `{"__proto__":{"value":{"a":1},"updatedAt":"${T1}"},"":{"value":2,"updatedAt":"${T1}"}}`,
      );
      const { status } = await phone.push([{ table: 'Things_2', id: 'a/b ü', op: 'insert', fields }]);
      expect(status).toBe(200);
      const [change] = (await laptop.pull('?collection=Things_2')).body.serverChanges;
      expect(JSON.stringify(change.fields)).toContain('"__proto__":{"value":{"a":1}');
      expect(recordsFolded([change])).toBe(await recordsHeld(engine().db, user, 'todo'));
    });

    test('of 5,000 changes is taken, of more is not', async () => {
      const changes = Array.from({ length: 5_001 }, (_, n) => insert(`t${n}`));
      expect(await phone.push(changes)).toMatchObject({ status: 413, body: { code: 'too_many_changes' } });
      expect(await log()).toEqual([]);
      expect(await phone.push(changes.slice(1))).toMatchObject({ status: 200, body: { conflicts: [] } });
      expect(await log()).toHaveLength(5_000);
    });
  });

  describe('the same push again', () => {
    test('three times over changes nothing and answers the same', async () => {
      await laptop.push([insert('t1', { fields: { title: at('newer', T3) } })]);
      const changes = [
        update('t1', { title: at('older', T1) }, { eventId: 'e1' }),
        insert('t2'),
        { eventId: 'e3', table: 'tasks', id: 't3', op: 'insert', data: { title: 'no time of its own' } },
        { eventId: 'e4', table: 'tasks', id: 't3', op: 'delete' },
      ];
      const first = await phone.push(changes);
      expect(first.body.conflicts).toHaveLength(1);
      const before = await log();
      for (let again = 0; again < 3; again++) expect(await phone.push(changes)).toEqual(first);
      expect(await log()).toEqual(before);
    });

    test('twice within one push is one change', async () => {
      expect((await phone.push([insert('t1'), insert('t1')])).status).toBe(200);
      expect(await log()).toHaveLength(1);
    });

    test.each([0, 1, 6, 9])(
      'with other content at index %d is refused with that index, and nothing of it lands',
      async (index) => {
        await phone.push([insert('used')]);
        const changes: object[] = Array.from({ length: 10 }, (_, n) => insert(`t${n}`));
        changes[index] = insert('used', { fields: { title: at('other') } });
        const { status, body } = await phone.push(changes);
        expect({ status, code: body.code }).toEqual({ status: 422, code: 'event_id_reused' });
        expect(body.errors).toEqual([
          { path: `changes.${index}.eventId`, message: expect.stringMatching(/^the log has/) },
        ]);
        expect(body.detail).toContain(`changes.${index}.eventId: the log has`);
        expect(await log()).toHaveLength(1);
      },
    );
  });

  describe('what cannot be taken', () => {
    const good = insert('good');

    test.each<[string, object, object, number, string, string]>([
      ['an unknown op', { op: 'upsert' }, {}, 400, 'invalid_request', 'changes.1.op'],
      [
        'a field without a time',
        { fields: { title: { value: 1 } } },
        {},
        400,
        'invalid_request',
        'changes.1.fields.title.updatedAt',
      ],
      [
        'an invalid known field',
        { fields: { title: at(5) } },
        {},
        400,
        'invalid_request',
        'changes.1.fields.title.value',
      ],
      [
        'an unreadable time',
        { fields: { title: at('A', 'now') } },
        {},
        400,
        'invalid_time',
        'changes.1.fields.title.updatedAt',
      ],
      [
        'an actor of its own',
        { actor: { kind: 'system', source: 'rule' } },
        {},
        403,
        'actor_forbidden',
        'changes.1.actor',
      ],
      ['an empty update', { op: 'update', fields: {} }, {}, 400, 'nothing_to_change', 'changes.1.fields'],
      ['a schema version of tomorrow', {}, { schemaVersion: 2 }, 400, 'schema_version_unsupported', 'schemaVersion'],
      ['no client id', {}, { clientId: undefined }, 400, 'invalid_request', 'clientId'],
      ['a cursor of another log', {}, { since: '0123456789.0' }, 400, 'cursor_ahead', 'since'],
      ['no cursor', {}, { since: 'x' }, 400, 'invalid_cursor', 'since'],
      ['changes that are none', {}, { changes: {} }, 400, 'invalid_request', 'changes'],
    ])('%s: nothing lands', async (_, over, body, status, code, path) => {
      const answer = await phone.push([good, { ...good, eventId: undefined, ...over }, good], body);
      expect(answer).toMatchObject({ status, body: { status, code, errors: [{ path }] } });
      expect(answer.body.detail).toEqual(expect.any(String));
      expect(await log()).toEqual([]);
    });

    test('a time in the future is answered with the time here', async () => {
      const ahead = (ms: number) => new Date(Date.now() + ms).toISOString();
      expect((await phone.push([insert('t0', { fields: { title: at('A', ahead(50_000)) } })])).status).toBe(200);
      const answer = await phone.push([good, insert('t1', { fields: { title: at('A', ahead(70_000)) } })]);
      expect(answer).toMatchObject({
        status: 400,
        body: { code: 'time_in_future', errors: [{ path: 'changes.1.fields.title.updatedAt' }] },
      });
      expect(Math.abs(Date.parse(answer.body.serverTime) - Date.now())).toBeLessThan(30_000);
      expect(await log()).toHaveLength(1);
    });

    test.each([
      ['aiIterations', 'collection_is_server_owned', 'changes.0.table', { summary: 'mine' }],
      ['aiMissions', 'field_is_server_owned', 'changes.0.data.planned', { planned: 5 }],
    ])('of %s', async (table, code, path, data) => {
      const client = syncClient(syncApp(engine().db), user, 'phone', 'ai');
      expect(await client.push([{ table, id: 'm1', op: 'update', data }])).toMatchObject({
        status: 403,
        body: { code, errors: [{ path }] },
      });
      expect(await log()).toEqual([]);
    });

    test('the policy is checked against the tools', async () => {
      const client = syncClient(syncApp(engine().db), user, 'phone', 'ai');
      const policy = (data: object) => client.push([{ table: 'aiPolicy', id: 'policy', op: 'insert', data }]);
      expect(await policy({ create_task: 'deny' })).toMatchObject({ status: 200 });
      expect(await policy({ erase_disk: 'auto' })).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'changes.0.data.erase_disk' }] },
      });
    });
  });

  test('a mission that is pushed wants a plan; the runner is told of it', async () => {
    const client = syncClient(syncApp(engine().db), user, 'phone', 'ai');
    const fields = { title: at('Move'), objective: at('Find a flat') };
    await client.push([{ table: 'aiMissions', id: 'm1', op: 'insert', fields }]);
    await client.push([
      { table: 'aiMissions', id: 'm1', op: 'update', fields: { title: at('Older', '2020-01-01T00:00:00Z') } },
    ]);
    const missions = sql`select wanted, planned from missions`;
    expect(await engine().db.run(userSession(user), missions)).toEqual([{ wanted: 1, planned: 0 }]);
  });

  test('a push whose body breaks off changes nothing', async () => {
    const text = JSON.stringify({ clientId: 'phone', changes: Array.from({ length: 50 }, (_, n) => insert(`t${n}`)) });
    for (const end of [text.length - 1, Math.floor(text.length / 2)]) {
      const broken = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(text.slice(0, end)));
          controller.error(new Error('the connection broke'));
        },
      });
      const whole = text.slice(0, end);
      for (const [body, code] of [
        [broken, 'body_incomplete'],
        [whole, 'malformed_json'],
      ] as const) {
        const headers = { 'X-Test-User': user, 'Content-Type': 'application/json' };
        const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
        const response = await syncApp(engine().db).request('/sync/todo', init);
        expect({ status: response.status, code: ((await response.json()) as { code: string }).code }).toEqual({
          status: 400,
          code,
        });
      }
    }
    expect(await log()).toEqual([]);
  });

  test('a user reaches nothing of another, with the same ids and event ids', async () => {
    await phone.push([insert('t1')]);
    const before = await log();
    const owner = user;
    const other = newUser();
    const theirs = syncClient(syncApp(engine().db), other, 'phone');
    const { body } = await theirs.push([
      insert('t1', { fields: { title: at('not yours', T3) } }),
      { table: 'tasks', id: 't1', op: 'delete', deletedAt: T3 },
    ]);
    expect(body).toMatchObject({ serverChanges: [], conflicts: [], syncedUntil: expect.stringMatching(/\.2$/) });
    expect(await readLog(engine().db, owner)).toEqual(before);
    expect(await dataOf('t1')).toEqual({ data: { title: 't1' }, deleted: false });
  });
});
