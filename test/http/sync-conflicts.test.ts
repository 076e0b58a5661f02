import { sql } from 'drizzle-orm';
import { beforeEach, expect, test } from 'vitest';
import { userSession } from '../../src/database/database.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { type SyncClient, syncApp, syncClient } from './sync-app.ts';

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

/** The conflicts that the answer to a push names. */
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
  async function dataOf(id: string) {
    const [row] = await engine().db.run<{ data: object; deleted: boolean }>(
      userSession(user),
      sql`select data, deleted_at is not null as deleted from records where record_id = ${id}`,
    );
    return row;
  }

  test('name each pushed field that lost, with both values and times', async () => {
    await laptop.push([insert('t1', { fields: { title: at('theirs', T2), notes: at('theirs', T1) } })]);
    const { body } = await phone.push([
      update('t1', { title: at('mine', T1), notes: at('mine', T2), mood: at('mine', T1) }),
    ]);
    expect(body.conflicts).toEqual([
      {
        table: 'tasks',
        id: 't1',
        field: 'title',
        pushed: { value: 'mine', updatedAt: T1 },
        winning: { value: 'theirs', updatedAt: T2, clientId: 'laptop' },
      },
    ]);
    expect(await dataOf('t1')).toMatchObject({ data: { title: 'theirs', notes: 'mine', mood: 'mine' } });
  });

  test('at the same time the greater client id has its way', async () => {
    await phone.push([insert('t1', { fields: { title: at('phone') } })]);
    const { body } = await laptop.push([update('t1', { title: at('laptop') })]);
    expect(body.conflicts).toMatchObject([{ field: 'title', winning: { value: 'phone', clientId: 'phone' } }]);
  });

  test('a field that a later change of the push overwrites is none', async () => {
    const { body } = await phone.push([insert('t1'), update('t1', { title: at('B', T2) })]);
    expect(body.conflicts).toEqual([]);
  });

  test('nor is, when a push is repeated, what somebody overwrote in between', async () => {
    const push = [insert('t1')];
    await phone.push(push);
    await laptop.push([update('t1', { title: at('B', T2) })]);
    expect((await phone.push(push)).body).toMatchObject({ conflicts: [], serverChanges: [{ id: 't1' }] });
  });

  test('deletions and inserts that lost to one are among them', async () => {
    await laptop.push([insert('t1'), { table: 'tasks', id: 't1', op: 'delete', deletedAt: T3 }]);
    const { body } = await phone.push([
      { table: 'tasks', id: 't1', op: 'delete', deletedAt: T2 },
      insert('t1', { eventId: 'again', fields: { title: at('back', T2) } }),
    ]);
    const winning = { value: T3, updatedAt: T3, clientId: 'laptop' };
    expect(body.conflicts).toEqual([
      { table: 'tasks', id: 't1', field: 'deletedAt', pushed: { value: T2, updatedAt: T2 }, winning },
      { table: 'tasks', id: 't1', field: 'deletedAt', pushed: { value: null, updatedAt: T2 }, winning },
    ]);
    expect(await dataOf('t1')).toEqual({ data: { title: 'back' }, deleted: true });
  });

  test('two inserts of one record both say that it lives: that is none', async () => {
    await laptop.push([insert('t1', { fields: { title: at('theirs', T2) } })]);
    const { body } = await phone.push([
      insert('t1', { eventId: 'mine', fields: { notes: at('mine'), title: at('A', T3) } }),
    ]);
    expect(body.conflicts).toEqual([]);
  });
});
