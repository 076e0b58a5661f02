// The service as a process, as `npm start` runs it: what a person sees, and what survives.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { killProcess, MAIN, type ServiceProcess, startServiceProcess } from './support/service-process.ts';

let folder: string;
let started: ServiceProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pg-missions-test-'));
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map(({ child }) => killProcess(child)));
  rmSync(folder, { recursive: true, force: true });
});

function start(environment: Record<string, string> = {}, command = MAIN): ServiceProcess {
  const service = startServiceProcess({ DATA_DIR: join(folder, 'data'), ...environment }, command);
  started.push(service);
  return service;
}

async function createMission(url: string): Promise<{ id: string }> {
  const response = await fetch(`${url}/api/missions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'T', objective: 'O', conceptMarkdown: '- [ ] Call the agent' }),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as { id: string };
}

function pendingProposals(url: string) {
  return async () => {
    const response = await fetch(`${url}/api/proposals?status=pending`);
    return ((await response.json()) as { proposals: { toolName: string }[] }).proposals.map(({ toolName }) => toolName);
  };
}

test('plans on a new embedded database; what it acknowledged survives kill -9; SIGTERM ends it cleanly', async () => {
  const first = start();
  const url = await first.ready;
  const mission = await createMission(url);
  await expect.poll(pendingProposals(url), { timeout: 60_000 }).toEqual(['create_task']);

  const second = start();
  const refused = await second.exited;
  expect(refused.code).toBe(1);
  expect(refused.output).toContain(`process ${first.child.pid}`);

  first.child.kill('SIGKILL');
  await first.exited;
  const third = start();
  const again = await third.ready;
  expect((await fetch(`${again}/api/missions/${mission.id}`)).status).toBe(200);
  expect(await pendingProposals(again)()).toEqual(['create_task']);
  expect(await (await fetch(`${again}/readyz`)).json()).toMatchObject({ status: 'ready' });

  third.child.kill('SIGTERM');
  expect(await third.exited).toMatchObject({ code: 0 });
});

test('a signal to npm reaches the service', async () => {
  const npm = start({}, ['npm', 'start']);
  const url = await npm.ready;
  npm.child.kill('SIGTERM');
  await npm.exited;
  const answers = () =>
    fetch(`${url}/livez`).then(
      () => true,
      () => false,
    );
  await expect.poll(answers, { timeout: 60_000 }).toBe(false);
});

test('a wrong configuration lists every problem and starts nothing', async () => {
  const { code, output } = await start({ PORT: 'x', HOST: '0.0.0.0', SERVICE_KEY: 'canary' }).exited;
  expect(code).toBe(1);
  expect(output).toMatch(/PORT/);
  expect(output).toMatch(/HOST/);
  expect(output).toMatch(/SERVICE_KEY/);
  expect(output).not.toContain('canary');
});

test('a port in use is said in plain words', async () => {
  const url = await start().ready;
  const other = start({ PORT: new URL(url).port, DATA_DIR: join(folder, 'other') });
  expect(await other.exited).toMatchObject({ code: 1, output: expect.stringContaining('is in use; set PORT') });
});
