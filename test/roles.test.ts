// The service as several processes on one Postgres: two that serve people, and runners that plan.
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createClient } from '../src/client/index.ts';
import { openTestPostgres, type TestEngine } from './support/engines.ts';
import { planOf } from './support/missions.ts';
import { type ModelServer, startModelServer } from './support/model-server.ts';
import { killProcess, type ServiceProcess, startServiceProcess } from './support/service-process.ts';

const SECRET = 'a secret of thirty-two bytes or more';
const PATIENT = { timeout: 60_000 };

let engine: TestEngine;
let model: ModelServer;
let apis: ServiceProcess[];
let runners: ServiceProcess[] = [];

beforeAll(async () => {
  engine = await openTestPostgres();
  model = await startModelServer();
  apis = [start('api'), start('api')];
  await Promise.all(apis.map(({ ready }) => ready));
});
afterEach(async () => {
  await Promise.all(runners.map(({ child }) => killProcess(child)));
  runners = [];
});
afterAll(async () => {
  await Promise.all(apis.map(({ child }) => killProcess(child)));
  await model?.close();
  await engine?.close();
});

function start(ROLE: 'api' | 'runner', environment: Record<string, string> = {}): ServiceProcess {
  const shared = { DATABASE_URL: engine.url, DATABASE_POOL_SIZE: '4', ROLE };
  const own: Record<string, string> =
    ROLE === 'api' ? { AUTH_JWT_SECRET: SECRET } : { LLM_BASE_URL: model.url, LLM_MODEL: 'scripted' };
  return startServiceProcess({ ...shared, ...own, ...environment });
}

async function startRunner(environment?: Record<string, string>): Promise<string> {
  const runner = start('runner', environment);
  runners.push(runner);
  return runner.ready;
}

async function tokenOf(user: string): Promise<string> {
  const key = new TextEncoder().encode(SECRET);
  return new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setSubject(user).setExpirationTime('1h').sign(key);
}

const clientOn = async (api: ServiceProcess, user: string, appId: string | null) =>
  createClient({ baseUrl: await api.ready, appId, clientId: randomUUID(), token: () => tokenOf(user) });

const mission = (id: string) => ({
  ...{ eventId: `event-${id}`, table: 'aiMissions', id, op: 'insert' as const },
  data: { title: 'Move', objective: 'Be settled by summer', state: 'active' },
});

async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

test('a mission pushed to one process is planned by the runner, and its proposals reach a stream on the other', async () => {
  const user = `person-${randomUUID()}`;
  const runner = await startRunner();
  model.script(planOf('Pack the books'));
  const changes = (await clientOn(apis[1]!, user, null)).stream();
  await (await clientOn(apis[0]!, user, 'ai')).push([mission('m1')]);

  const seen: string[] = [];
  for await (const batch of changes) {
    seen.push(...batch.changes.map(({ table, id }) => `${table}/${id}`));
    if (seen.some((key) => key.startsWith('aiProposals/'))) break;
  }
  expect(seen).toEqual(['aiMissions/m1', 'aiIterations/m1-1', 'aiProposals/m1-1-0']);

  // The runner serves nobody's data, and is watched by what it counts: no user, no mission, no content in it.
  expect(await (await fetch(`${runner}/readyz`)).json()).toMatchObject({ status: 'ready' });
  expect((await fetch(`${runner}/api/missions`)).status).toBe(404);
  expect((await fetch(`${runner}/sync/pull`)).status).toBe(404);
  const counted = await metricsOf(runner);
  expect(counted).toMatch(/^pg_missions_plan_seconds_count\{result="planned"\} 1$/m);
  expect(counted).toMatch(/^pg_missions_wake_seconds_count 1$/m);
  const served = await metricsOf(await apis[0]!.ready);
  expect(served).toMatch(/^pg_missions_push_changes_sum [1-9]/m);
  expect(served).not.toContain('pg_missions_plan_seconds_count{');
  for (const text of [counted, served]) expect(text).not.toMatch(new RegExp(`${user}|m1|Pack|Move`));
});

test('without a runner a mission waits, and the runner that comes plans it', async () => {
  const user = `person-${randomUUID()}`;
  const phone = await clientOn(apis[0]!, user, 'ai');
  await phone.push([mission('m2')]);
  expect((await phone.pull()).serverChanges).toEqual([]);
  model.script(planOf('Call the agent'));
  await startRunner();
  await expect
    .poll(async () => (await phone.pull()).serverChanges.map(({ table }) => table), PATIENT)
    .toEqual(['aiIterations', 'aiProposals']);
});

test('two runners share the work: each mission is planned once', async () => {
  await Promise.all([startRunner(), startRunner()]);
  const before = model.requests.length;
  model.setDefault(planOf('Do it'));
  const phones = await Promise.all(
    Array.from({ length: 10 }, (_, i) => clientOn(apis[i % 2]!, `person-${randomUUID()}`, 'ai')),
  );
  await Promise.all(phones.map((phone) => phone.push([mission('m')])));
  for (const phone of phones) {
    const ids = async () => (await phone.pull()).serverChanges.map(({ id }) => id);
    await expect.poll(ids, PATIENT).toEqual(['m-1', 'm-1-0']);
  }
  expect(model.requests.length - before).toBe(10);
});
