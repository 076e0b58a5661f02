import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const TASK = '/api/records/todo/tasks/t1';
const MADE = '/api/records/todo/tasks/lisbon-1-0';

/** A person with a mission (1) that is planned (2, 3) and of which the one step is approved (4, 5). */
async function planned(): Promise<TestUser> {
  const user = app.user();
  app.planner.propose({ toolName: 'create_task', params: { title: 'Give notice' } });
  await user.post('/api/missions', { id: 'lisbon', title: 'Move', objective: 'Be settled' });
  await app.runner.sweep();
  expect((await user.post('/api/proposals/lisbon-1-0/decision', { decision: 'approve' })).status).toBe(200);
  return user;
}

describe('as it was', () => {
  it('shows a record at a position or a time, with who wrote it', async () => {
    const user = app.user();
    await user.put(TASK, { title: 'A' });
    const { body: then } = await user.get(TASK);
    await user.patch(TASK, { title: 'B' });
    await user.delete(TASK);
    expect((await user.get(`${TASK}?at=1`)).body).toEqual(then);
    expect((await user.get(`${TASK}?at=2`)).body.data.title).toBe('B');
    const at = then.attribution.title.at;
    expect((await user.get(`${TASK}?at=${encodeURIComponent(at)}`)).status).toBe(200);
    expect((await user.get(`${TASK}?at=2100-01-01`)).status).toBe(404);
    expect((await user.get(`${TASK}?at=3`)).body).toMatchObject({ code: 'record_not_found' });
    expect((await user.get(`${TASK}?at=0`)).body.detail).toBe('there was no such record at position 0');
  });

  it('lists a collection', async () => {
    const user = app.user();
    for (const id of ['a', 'b', 'c']) await user.put(`/api/records/todo/tasks/${id}`, { title: id });
    await user.delete('/api/records/todo/tasks/a');
    const list = async (query: string) => (await user.get(`/api/records/todo/tasks?${query}`)).body;
    expect((await list('at=3')).records.map(({ id }: { id: string }) => id)).toEqual(['a', 'b', 'c']);
    const page = await list('at=3&limit=2');
    expect(page.nextCursor).toBe('2');
    expect((await list(`at=3&limit=2&after=${page.nextCursor}`)).records).toMatchObject([{ id: 'c' }]);
    expect(await list('at=4')).toEqual(await list('limit=100'));
  });

  it('shows a mission with the steps as they were decided by then', async () => {
    const user = await planned();
    const status = async (at: number) =>
      (await user.get(`/api/missions/lisbon?at=${at}`)).body.iterations?.[0]?.plan?.[0]?.status;
    expect(await status(1)).toBeUndefined();
    expect([await status(3), await status(4)]).toEqual(['pending', 'approved']);
    await user.delete('/api/missions/lisbon');
    expect((await user.get('/api/missions/lisbon')).status).toBe(404);
    expect((await user.get('/api/missions/lisbon?at=5')).body).toMatchObject({
      id: 'lisbon',
      title: 'Move',
      planned: 1,
    });
    expect((await user.get('/api/missions/lisbon?at=0')).body).toMatchObject({ code: 'mission_not_found' });
  });

  it.each([
    ['yesterday', 'at: must be a position'],
    ['-1', 'at: must be a position'],
    ['', 'at: must not be empty'],
    ['7', 'at: is beyond the log, which ends at 1'],
    ['9'.repeat(65), 'at: must have at most 64 characters'],
  ])('refuses the moment %j', async (at, detail) => {
    const user = app.user();
    await user.put(TASK, { title: 'A' });
    for (const path of [TASK, '/api/records/todo/tasks', '/api/missions/lisbon']) {
      const { status, body } = await user.get(`${path}?at=${at}`);
      expect({ status, code: body.code, path: body.errors[0].path }).toEqual({
        ...{ status: 400, code: 'invalid_request', path: 'at' },
      });
      expect(body.detail).toContain(detail);
    }
  });
});

describe('blame', () => {
  it('says who wrote each field, and of an AI for which mission, why, and who approved', async () => {
    const user = await planned();
    const { status, body } = await user.get(`${MADE}/blame`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      appId: 'todo',
      table: 'tasks',
      id: 'lisbon-1-0',
      label: 'Give notice',
      deletedAt: null,
    });
    expect(body.fields.find(({ field }: { field: string }) => field === 'title')).toMatchObject({
      value: 'Give notice',
      position: 5,
      op: 'insert',
      actor: { kind: 'ai', missionId: 'lisbon' },
      because: {
        mission: { title: 'Move' },
        iteration: { id: 'lisbon-1', model: 'scripted' },
        rationale: 'because of create_task',
        approval: { by: 'user', position: 4, clientId: 'server', edited: false },
      },
    });
    expect(body.fields[0].others).toBeUndefined();
    await user.patch(MADE, { title: 'Mine' });
    const { body: all } = await user.get(`${MADE}/blame?others=true`);
    const title = all.fields.find(({ field }: { field: string }) => field === 'title');
    expect(title).toMatchObject({ value: 'Mine', because: null, others: [{ value: 'Give notice', position: 5 }] });
  });

  it('of a record that there is not is 404, of a deleted one says who deleted it', async () => {
    const user = app.user();
    expect((await user.get(`${TASK}/blame`)).body).toMatchObject({ status: 404, code: 'record_not_found' });
    await user.put(TASK, { title: 'A' });
    await user.delete(TASK);
    const { body } = await user.get(`${TASK}/blame`);
    expect(body.fields.at(-1)).toMatchObject({ field: 'deletedAt', op: 'delete', actor: { kind: 'user' } });
  });
});

describe('undo', () => {
  it.each([['/api/iterations/lisbon-1/undo'], ['/api/proposals/lisbon-1-0/undo']])(
    '%s takes back what it changed, once, and tells first when asked to',
    async (path) => {
      const user = await planned();
      const foretold = await user.post(path, { dryRun: true });
      const deleted = { appId: 'todo', table: 'tasks', id: 'lisbon-1-0', label: 'Give notice', outcome: 'deleted' };
      expect(foretold).toMatchObject({ status: 200, body: { dryRun: true, positions: null, records: [deleted] } });
      expect((await user.get(MADE)).status).toBe(200);
      expect((await user.post(path, {})).body).toEqual({
        ...{ dryRun: false, positions: { from: 6, to: 6 }, records: [{ ...deleted, back: [], kept: [] }] },
      });
      expect((await user.get(MADE)).status).toBe(404);
      expect((await user.post(path, {})).body).toMatchObject({ positions: null, records: [{ outcome: 'left' }] });
    },
  );

  it('leaves what the person has edited since, and says so', async () => {
    const user = await planned();
    await user.patch(MADE, { completed: true });
    const { body } = await user.post('/api/iterations/lisbon-1/undo', {});
    expect(body).toMatchObject({
      positions: null,
      records: [{ outcome: 'left', kept: [{ field: 'completed', value: true, position: 6, actor: { kind: 'user' } }] }],
    });
    expect((await user.get(MADE)).body.data).toMatchObject({ title: 'Give notice', completed: true });
  });

  it.each([
    ['/api/iterations/lisbon-2/undo', {}, 404, 'iteration_not_found'],
    ['/api/proposals/lisbon-1-9/undo', {}, 404, 'proposal_not_found'],
    ['/api/iterations/lisbon-1/undo', { dryRun: 'yes' }, 400, 'invalid_request'],
    ['/api/iterations/lisbon-1/undo', { force: true }, 400, 'invalid_request'],
  ])('%s with %j is answered with %d %s', async (path, body, status, code) => {
    expect((await app.user().post(path, body)).body).toMatchObject({ status, code });
  });

  it('of another person finds nothing', async () => {
    const user = await planned();
    expect((await app.user().post('/api/iterations/lisbon-1/undo', {})).status).toBe(404);
    expect((await user.get(MADE)).status).toBe(200);
  });
});
