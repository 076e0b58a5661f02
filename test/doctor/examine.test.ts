import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { examine } from '../../src/doctor/examine.ts';
import { runInTest } from '../cli/run-in-test.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await openTestPostgres();
});
afterAll(() => engine?.close());

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** An HTTP server that answers so; its port. */
async function serve(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** The checks of one name, of a service so configured. */
async function look(name: string, env: Record<string, string> = {}) {
  const read = readConfig({ DATABASE_URL: engine.url, PORT: '1', ...env });
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const checks = await examine(read.config, new AbortController().signal);
  return checks.filter((check) => check.name === name);
}

test('a database as a self-hoster would make it is in order, notifications included', async () => {
  const { exitCode, stdout } = await runInTest(['doctor', '--json'], { DATABASE_URL: engine.url, PORT: '1' });
  const checks = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  // Logins belong to the server: those of other test files may well be found without time-outs.
  const notInOrder = checks.filter(({ status, name }) => status !== 'ok' && name !== 'timeouts');
  expect(notInOrder.map(({ name }) => name)).toEqual(['service']);
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'database',
      'version',
      'login',
      'schema',
      'roles',
      'isolation',
      'triggers',
      'timeouts',
      'notifications',
    ]),
  );
  expect(exitCode).toBe(0);
});

test('a superuser is an error, and ends with 1', async () => {
  const url = new URL(inject('postgresUrl'));
  url.pathname = new URL(engine.url).pathname;
  const { exitCode, stdout } = await runInTest(['doctor'], { DATABASE_URL: url.href, PORT: '1' });
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/error {4}login .*superuser/);
  expect(stdout).not.toContain(url.password);
});

test('a server that is not there is said, without the password', async () => {
  const checks = await look('database', { DATABASE_URL: 'postgres://me:hush-hush@127.0.0.1:1/none' });
  expect(checks).toMatchObject([{ status: 'error', mend: expect.stringContaining('DATABASE_URL') }]);
  expect(JSON.stringify(checks)).not.toContain('hush');
});

test('a listener that cannot connect names DATABASE_DIRECT_URL', async () => {
  expect(await look('notifications', { DATABASE_DIRECT_URL: 'postgres://me:hush@127.0.0.1:1/none' })).toMatchObject([
    { status: 'error', mend: expect.stringContaining('DATABASE_DIRECT_URL') },
  ]);
});

describe('the model', () => {
  const model = (port: number) => ({
    LLM_BASE_URL: `http://127.0.0.1:${port}/v1`,
    LLM_MODEL: 'qwen',
    LLM_API_KEY: 'hush',
  });

  test('is there', async () => {
    const asked: unknown[] = [];
    const port = await serve((request, response) => {
      asked.push([request.method, request.url, request.headers.authorization]);
      json(200, { data: [{ id: 'other' }, { id: 'qwen' }] })(request, response);
    });
    expect(await look('model', model(port))).toMatchObject([{ status: 'ok' }]);
    expect(asked).toEqual([['GET', '/v1/models', 'Bearer hush']]);
  });

  test.each([
    ['is another one', 200, { data: [{ id: 'other' }] }, 'error', 'other'],
    ['cannot be seen with this key', 401, {}, 'error', 'LLM_API_KEY'],
    ['cannot be told, where models are not listed', 404, {}, 'warning', '/v1'],
  ])('%s', async (_, status, body, expected, mend) => {
    const port = await serve(json(status, body));
    expect(await look('model', model(port))).toMatchObject([{ status: expected, mend: expect.stringContaining(mend) }]);
  });

  test('does not answer', async () => {
    const checks = await look('model', model(9));
    expect(checks).toMatchObject([{ status: 'error', mend: expect.stringContaining('LLM_BASE_URL') }]);
    expect(JSON.stringify(checks)).not.toContain('hush');
  });
});

describe('the service', () => {
  test.each([
    ['runs', 200, { status: 'ready', checks: { database: true, listener: true } }, 'ok', 'runs at'],
    [
      'has lost its listener',
      503,
      { status: 'not_ready', checks: { database: true, listener: false } },
      'error',
      'listener',
    ],
    ['is something else', 200, 'hello', 'error', 'something else'],
  ])('%s', async (_, status, body, expected, found) => {
    const port = await serve(json(status, body));
    expect(await look('service', { PORT: String(port) })).toMatchObject([
      { status: expected, found: expect.stringContaining(found) },
    ]);
  });
});

test('keys that nobody has are an error', async () => {
  const port = await serve(json(200, { nothing: true }));
  expect(await look('users', { AUTH_JWKS_URL: `http://127.0.0.1:${port}/keys` })).toMatchObject([
    { status: 'error', mend: expect.stringContaining('AUTH_JWKS_URL') },
  ]);
});

test('a replica that is none is a warning: the primary is read', async () => {
  expect(await look('replica', { DATABASE_REPLICA_URL: engine.url })).toMatchObject([
    { status: 'warning', found: expect.stringContaining('no standby') },
  ]);
});
