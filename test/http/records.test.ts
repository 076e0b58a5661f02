import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withUser } from '../../src/database/database.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const TASK = '/api/records/todo/tasks/t1';
const EVENT = '/api/records/calendar/events/e1';

function changes(user: TestUser) {
  return withUser(app.db, user.id, (tx) =>
    tx.query<{ op: string; data: object; actor: object }>(
      sql`select op, data, actor from sync_changes where user_id = current_user_id() order by position`,
    ),
  );
}

describe('PUT', () => {
  it('creates a record with the defaults of its module, written by the user', async () => {
    const user = app.user();
    const { status, body } = await user.put(TASK, { title: '  Buy milk ', mood: 'fine' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id: 't1',
      data: { title: 'Buy milk', completed: false, mood: 'fine' },
      lastPosition: 1,
    });
    expect(body.fieldMeta.title).toEqual({ updatedAt: expect.any(String), clientId: 'server', position: 1 });
    expect(body.attribution).toEqual(
      Object.fromEntries(
        ['title', 'completed', 'mood'].map((field) => [
          field,
          { actor: { kind: 'user' }, at: expect.any(String), position: 1 },
        ]),
      ),
    );
    expect((await user.get(TASK)).body).toEqual(body);
    expect(await changes(user)).toMatchObject([{ op: 'insert', actor: { kind: 'user' } }]);
  });

  it('replaces: what is not given becomes null', async () => {
    const user = app.user();
    await user.put(TASK, { title: 'Buy milk', notes: 'two', mood: 'fine' });
    const { status, body } = await user.put(TASK, { title: 'Buy bread', completed: true });
    expect(status).toBe(200);
    expect(body.data).toEqual({ title: 'Buy bread', completed: true, notes: null, mood: null });
    expect((await user.put(TASK, body.data)).body.data).toEqual(body.data);
  });

  it('brings a deleted record back, without what it had', async () => {
    const user = app.user();
    await user.put(TASK, { title: 'Buy milk', notes: 'two' });
    await user.delete(TASK);
    expect((await user.get(TASK)).status).toBe(404);
    const { status, body } = await user.put(TASK, { title: 'Anew' });
    expect({ status, data: body.data }).toEqual({
      status: 201,
      data: { title: 'Anew', completed: false, notes: null },
    });
  });

  it('keeps undeclared collections and odd field names as they are', async () => {
    const user = app.user();
    const json =
      '{"__proto__":{"polluted":true},"constructor":1,"":2,"nested":{"__proto__":3,"list":[1,null,{"a":"ü"}]},"big":1e300}';
    const path = '/api/records/my-app/Things_2/a%2Fb%20%25%20%C3%BC';
    const answer = await user.send('PUT', path, { body: json, headers: { 'Content-Type': 'application/json' } });
    expect(answer.status).toBe(201);
    expect(answer.body.id).toBe('a/b % ü');
    const text = JSON.stringify((await user.get(path)).body.data);
    expect(JSON.parse(text)).toEqual(JSON.parse(json));
    expect(Object.hasOwn(JSON.parse(text), '__proto__')).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect((await user.get('/api/records/my-app/Things_2')).body.records).toHaveLength(1);
  });

  it.each([
    [TASK, {}, 'title'],
    [TASK, { title: 'x', dueDate: '2026-02-30' }, 'dueDate'],
    [TASK, { title: 'x', deletedAt: null }, 'deletedAt'],
    [EVENT, { title: 'x', startsAt: '2026-03-01T10:00:00Z', endsAt: '2026-03-01T09:00:00Z' }, 'endsAt'],
    [
      '/api/records/ai/aiMissions/m1',
      { title: 'x', objective: 'y', cadence: { kind: 'cron', expression: '@daily' } },
      'cadence.expression',
    ],
    ['/api/records/ai/aiPolicy/policy', { no_such_tool: 'deny' }, 'no_such_tool'],
    ['/api/records/ai/aiPolicy/other', { create_task: 'deny' }, 'id'],
    [`/api/records/todo/tasks/${'x'.repeat(201)}`, { title: 'x' }, 'id'],
    [`/api/records/todo/tasks/${'x'.repeat(256)}`, { title: 'x' }, 'id'],
    ['/api/records/todo/tasks/a%00b', { title: 'x' }, 'id'],
    ['/api/records/to%20do/tasks/t1', { title: 'x' }, 'appId'],
    ['/api/records/todo/tasks;/t1', { title: 'x' }, 'table'],
    [TASK, [], ''],
    [TASK, null, ''],
  ])('refuses %s %j and writes nothing', async (path, body, wrong) => {
    const user = app.user();
    const answer = await user.put(path, body);
    expect({ status: answer.status, code: answer.body.code, path: answer.body.errors[0].path }).toEqual({
      status: 400,
      code: 'invalid_request',
      path: wrong,
    });
    expect(await changes(user)).toEqual([]);
  });

  it('refuses more fields than a record takes', async () => {
    const user = app.user();
    const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, n]));
    expect(await user.put('/api/records/x/y/z', fields(1_001))).toMatchObject({
      status: 400,
      body: { code: 'too_many_fields' },
    });
    expect((await user.put('/api/records/x/y/z', fields(1_000))).status).toBe(201);
  });

  it('writes missions and the policy through their modules', async () => {
    const user = app.user();
    await user.put('/api/records/ai/aiMissions/m1', { title: 'T', objective: 'O' });
    expect((await user.get('/api/missions/m1')).body).toMatchObject({ title: 'T', planning: 'queued' });
    // Planned now, so that it does not take the plan that a later test has in store.
    await app.runner.sweep();
    await user.put('/api/records/ai/aiPolicy/policy', { create_task: 'deny' });
    const { body } = await user.get('/api/policy');
    expect(body.tools.find((tool: { name: string }) => tool.name === 'create_task').policy).toBe('deny');
  });
});

describe('PATCH', () => {
  it('changes the fields given and no other', async () => {
    const user = app.user();
    await user.put(TASK, { title: 'Buy milk', notes: 'two' });
    const { status, body } = await user.patch(TASK, { notes: null, priority: 'high' });
    expect(status).toBe(200);
    expect(body.data).toEqual({ title: 'Buy milk', completed: false, notes: null, priority: 'high' });
    expect(body.fieldMeta.title.position).toBe(1);
    expect(body.fieldMeta.priority.position).toBe(2);
    expect((await changes(user))[1]).toMatchObject({ op: 'update', data: { notes: null, priority: 'high' } });
  });

  it('holds the rules between a given field and a stored one', async () => {
    const user = app.user();
    await user.put(EVENT, { title: 'x', startsAt: '2026-03-01T10:00:00Z', endsAt: '2026-03-01T11:00:00Z' });
    const { status, body } = await user.patch(EVENT, { startsAt: '2026-03-01T12:00:00Z' });
    expect({ status, path: body.errors[0].path }).toEqual({ status: 400, path: 'endsAt' });
    expect((await user.patch(EVENT, { startsAt: '2026-03-01T10:30:00Z' })).status).toBe(200);
    expect(await changes(user)).toHaveLength(2);
  });

  it('mends and changes a record that another writer left with a fault', async () => {
    const user = app.user();
    await withUser(app.db, user.id, (tx) =>
      tx.query(sql`insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
        values (${user.id}, 'todo', 'tasks', 't1', 'insert', '{"title":"x","priority":"huge"}', '{"kind":"user"}')`),
    );
    expect((await user.patch(TASK, { notes: 'still fine' })).status).toBe(200);
    expect((await user.patch(TASK, { priority: 'vast' })).body.errors).toMatchObject([{ path: 'priority' }]);
    expect((await user.patch(TASK, { priority: 'low' })).body.data.priority).toBe('low');
  });

  it('refuses nothing, wrong fields and absent records', async () => {
    const user = app.user();
    const absent = { status: 404, body: { code: 'record_not_found' } };
    expect(await user.patch(TASK, { title: 'x' })).toMatchObject(absent);
    await user.put(TASK, { title: 'Buy milk' });
    expect(await user.patch(TASK, {})).toMatchObject({ status: 400, body: { code: 'nothing_to_change' } });
    expect(await user.patch(TASK, { title: null })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'title' }] },
    });
    await user.delete(TASK);
    expect(await user.patch(TASK, { title: 'x' })).toMatchObject(absent);
    expect(await changes(user)).toHaveLength(2);
  });
});

describe('DELETE', () => {
  it('deletes a record, once', async () => {
    const user = app.user();
    await user.put(TASK, { title: 'Buy milk' });
    expect(await user.delete(TASK)).toMatchObject({ status: 204, body: null });
    expect(await user.delete(TASK)).toMatchObject({ status: 404, body: { code: 'record_not_found' } });
    expect((await user.get('/api/records/todo/tasks')).body.records).toEqual([]);
  });
});

describe('GET', () => {
  it('lists a collection in pages, oldest first', async () => {
    const user = app.user();
    for (const n of [1, 2, 3]) await user.put(`/api/records/todo/tasks/t${n}`, { title: `Task ${n}` });
    await user.patch('/api/records/todo/tasks/t1', { title: 'Task one' });
    const first = await user.get('/api/records/todo/tasks?limit=2');
    expect(first.body.records.map((record: { id: string }) => record.id)).toEqual(['t1', 't2']);
    expect(first.body.records[0]).toMatchObject({
      data: { title: 'Task one' },
      fieldMeta: { title: { position: 4 } },
      lastPosition: 4,
    });
    const second = await user.get(`/api/records/todo/tasks?limit=2&after=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ records: [{ id: 't3' }], nextCursor: null });
    expect((await user.get('/api/records/todo/nothing')).body).toEqual({ records: [], nextCursor: null });
    for (const query of ['limit=0', 'limit=1001', 'after=x', 'before=1']) {
      expect((await user.get(`/api/records/todo/tasks?${query}`)).status).toBe(400);
    }
  });
});

describe('collections that the server owns', () => {
  it('can be read and not written', async () => {
    const user = app.user();
    app.planner.propose({ toolName: 'create_task', params: { title: 'x' } });
    const { body } = await user.post('/api/missions', { title: 'T', objective: 'O' });
    await app.runner.sweep();
    const before = await changes(user);
    for (const path of [`/api/records/ai/aiIterations/${body.id}-1`, `/api/records/ai/aiProposals/${body.id}-1-0`]) {
      expect((await user.get(path)).status).toBe(200);
      const owned = { status: 403, body: { code: 'collection_is_server_owned' } };
      expect(await user.put(path, { status: 'approved' })).toMatchObject(owned);
      expect(await user.patch(path, { status: 'approved' })).toMatchObject(owned);
      expect(await user.delete(path)).toMatchObject(owned);
    }
    expect(await changes(user)).toEqual(before);
  });

  it('gives records with derived, longer ids to be read and changed', async () => {
    const user = app.user();
    const id = 'm'.repeat(200);
    app.planner.propose({ toolName: 'create_task', params: { title: 'x' } });
    await user.post('/api/missions', { id, title: 'T', objective: 'O' });
    await app.runner.sweep();
    expect((await user.post(`/api/proposals/${id}-1-0/decision`, { decision: 'approve' })).status).toBe(200);
    const task = `/api/records/todo/tasks/${id}-1-0`;
    expect((await user.patch(task, { completed: true })).body.data.completed).toBe(true);
    expect((await user.put(task, { title: 'y' })).status).toBe(200);
    expect((await user.delete(task)).status).toBe(204);
  });
});
