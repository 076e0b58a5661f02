import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

async function policies(user: TestUser): Promise<Record<string, string>> {
  const { body } = await user.get('/api/policy');
  return Object.fromEntries(body.tools.map(({ name, policy }: { name: string; policy: string }) => [name, policy]));
}

describe('GET and PUT /api/policy', () => {
  it('lists every tool with its default', async () => {
    const { status, body } = await app.user().get('/api/policy');
    expect(status).toBe(200);
    expect(body.tools.map((tool: { name: string }) => tool.name)).toEqual(
      defaultRegistry.tools.map((tool) => tool.name),
    );
    expect(body.tools[0]).toEqual({
      name: 'create_task',
      module: 'todo',
      kind: 'write',
      description: expect.any(String),
      policy: 'propose',
      default: 'propose',
    });
  });

  it('sets what is named and leaves the rest', async () => {
    const user = app.user();
    const { status, body } = await user.put('/api/policy', { create_task: 'auto', list_tasks: 'deny' });
    expect(status).toBe(200);
    expect(body).toEqual((await user.get('/api/policy')).body);
    await user.put('/api/policy', { create_note: 'deny' });
    expect(await policies(user)).toMatchObject({
      create_task: 'auto',
      list_tasks: 'deny',
      create_note: 'deny',
      create_event: 'propose',
    });
    const before = await user.get('/api/records/ai/aiPolicy/policy');
    expect((await user.put('/api/policy', {})).status).toBe(200);
    expect(await user.get('/api/records/ai/aiPolicy/policy')).toMatchObject({ body: before.body });
  });

  it('forgets old settings when the policy was deleted', async () => {
    const user = app.user();
    await user.put('/api/policy', { create_task: 'auto' });
    await user.delete('/api/records/ai/aiPolicy/policy');
    expect((await policies(user)).create_task).toBe('propose');
    await user.put('/api/policy', { create_note: 'deny' });
    expect(await policies(user)).toMatchObject({ create_task: 'propose', create_note: 'deny' });
  });

  it('lets a tool run at once when the person says so', async () => {
    const user = app.user();
    await user.put('/api/policy', { create_task: 'auto' });
    app.planner.propose({ toolName: 'create_task', params: { title: 'At once' } });
    const { body } = await user.post('/api/missions', { title: 'T', objective: 'O' });
    await app.runner.sweep();
    expect((await user.get(`/api/proposals/${body.id}-1-0`)).body).toMatchObject({
      status: 'approved',
      decidedBy: 'policy',
    });
    expect((await user.get(`/api/records/todo/tasks/${body.id}-1-0`)).body.data.title).toBe('At once');
  });

  it.each([
    [{ make_coffee: 'deny' }, 'unknown_tool', 'make_coffee'],
    [{ create_task: 'deny', __proto: 'auto' }, 'unknown_tool', '__proto'],
    [{ create_task: 'sometimes' }, 'invalid_request', 'create_task'],
    [{ list_tasks: 'propose' }, 'invalid_request', 'list_tasks'],
    [['create_task'], 'invalid_request', ''],
    ['auto', 'invalid_request', ''],
  ])('refuses %j and writes nothing', async (body, code, path) => {
    const user = app.user();
    const answer = await user.put('/api/policy', body);
    expect({ status: answer.status, code: answer.body.code, path: answer.body.errors[0].path }).toEqual({
      status: 400,
      code,
      path,
    });
    expect((await user.get('/api/records/ai/aiPolicy')).body.records).toEqual([]);
  });
});
