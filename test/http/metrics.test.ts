import { afterAll, beforeAll, expect, test } from 'vitest';
import type { App } from '../../src/http/app.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';

let app: TestApp;
let metrics: Metrics;
let counted: App;
let user: TestUser;
let streams = 0;

beforeAll(async () => {
  app = await startTestApp();
  metrics = createMetrics({
    streams: () => streams,
    listening: () => true,
    engineRestarts: () => 0,
    modelDown: () => false,
  });
  counted = app.variant({ metrics });
  user = app.user(counted);
});
afterAll(() => app.close());

/** The samples by name and labels. */
async function samples(): Promise<Map<string, number>> {
  const { status, headers, body } = await user.get('/metrics');
  expect({ status, type: headers.get('content-type') }).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
  });
  const lines = (body as string).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

test('names are those of the project or of the process, and no label bears a user, an id or content', async () => {
  await user.post('/api/missions', { id: 'canary-mission', title: 'canary title', objective: 'canary objective' });
  await user.get('/api/missions/canary-mission');
  await user.get('/canary-path');
  await user.send('CANARY', '/health', {});
  const { body } = await user.get('/metrics');
  expect(body).not.toMatch(/canary/i);
  expect(body).not.toContain(user.id);
  const names = [...(body as string).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name, type }));
  expect(names.length).toBeGreaterThan(10);
  for (const { name, type } of names) {
    expect(name).toMatch(/^(pg_missions|process|nodejs)_[a-z0-9_]+$/);
    if (name?.startsWith('pg_missions_') && type === 'counter') expect(name).toMatch(/_total$/);
    if (name?.startsWith('pg_missions_') && type === 'histogram') expect(name).toMatch(/_(seconds|changes)$/);
  }
  const counts = await samples();
  const requests = (labels: string) => counts.get(`pg_missions_http_request_seconds_count{${labels}}`);
  expect(requests('method="POST",route="/api/missions",status="201"')).toBe(1);
  expect(requests('method="GET",route="/api/missions/{id}",status="200"')).toBe(1);
  expect(requests('method="GET",route="none",status="404"')).toBe(1);
});

test('counts pushes, streams and what planning came to', async () => {
  const changes = ['a', 'b', 'c'].map((id) => ({ table: 'tasks', id, op: 'insert', data: { title: id } }));
  expect((await user.post('/sync/todo', { clientId: 'c', changes })).status).toBe(200);
  expect((await user.post('/sync/todo', { clientId: 'c', changes: [{ table: 'tasks' }] })).status).toBe(400);
  streams = 7;
  metrics.claimed([
    { attempt: 1, waitedMs: 4 },
    { attempt: 2, waitedMs: 90_000 },
    { attempt: 1, waitedMs: null },
  ]);
  metrics.modelCalled({ inputTokens: 100, outputTokens: 20, durationMs: 1_500 });
  metrics.modelCalled({ inputTokens: null, outputTokens: null, durationMs: 10 });
  metrics.finished({ result: 'planned' }, 1.6);
  metrics.finished({ result: 'retrying', reason: 'model_timeout' }, 120);
  expect(Object.fromEntries(await samples())).toMatchObject({
    pg_missions_push_changes_count: 1,
    pg_missions_push_changes_sum: 3,
    pg_missions_fold_seconds_count: 1,
    pg_missions_streams_open: 7,
    pg_missions_listener_connected: 1,
    pg_missions_claims_total: 3,
    pg_missions_plans_active: 1,
    pg_missions_wake_seconds_count: 1,
    pg_missions_wake_seconds_sum: 0.004,
    'pg_missions_plan_seconds_count{result="planned"}': 1,
    'pg_missions_plan_seconds_count{result="retrying"}': 1,
    'pg_missions_retries_total{reason="model_timeout"}': 1,
    'pg_missions_model_tokens_total{direction="input"}': 100,
    'pg_missions_model_tokens_total{direction="output"}': 20,
    pg_missions_model_call_seconds_count: 2,
  });
});

test('a process that plans nothing does not say that the model answers', async () => {
  const sources = { streams: () => 0, listening: () => true, engineRestarts: () => 0 };
  const exposed = async (modelDown: (() => boolean) | null) =>
    (await createMetrics({ ...sources, modelDown }).expose()).text;
  expect(await exposed(() => true)).toContain('pg_missions_model_down 1');
  expect(await exposed(null)).not.toContain('pg_missions_model_down');
});

test('without metrics there is no such route', async () => {
  expect((await app.variant({}).request('/metrics')).status).toBe(404);
});
