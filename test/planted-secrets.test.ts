// Secrets and content planted wherever the service gets any, and looked for wherever they must not come out: the service
// as a process at its most talkative, through a mission, errors of every kind and the doctor.
import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { SignJWT } from 'jose';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { CLI } from './support/cli-process.ts';
import { createDatabase, type TestDatabase } from './support/create-database.ts';
import { MIGRATED_TEMPLATE } from './support/global-setup.ts';
import { type ModelServer, startModelServer } from './support/model-server.ts';
import { killProcess, type ServiceProcess, startServiceProcess } from './support/service-process.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';
import { until } from './support/until.ts';

const plant = (name: string) => `planted-${name}-${randomBytes(12).toString('hex')}`;
const LOGIN = `planted_${randomBytes(6).toString('hex')}`;
const USER = plant('user');
const SECRETS = {
  password: plant('password'),
  apiKey: plant('api-key'),
  jwtSecret: plant('jwt-secret'),
  serviceKey: plant('service-key'),
};
const CONTENT = { mission: plant('mission'), record: plant('record'), answer: plant('answer'), body: plant('body') };

let admin: pg.Client;
let database: TestDatabase;
let proxy: TcpProxy;
let model: ModelServer;
let service: ServiceProcess;
let base: string;
let environment: Record<string, string>;
/** What opens the door to one user. */
const bearers: string[] = [];
/** What was said to whoever did something wrong. */
const refusals: { asked: string; status: number; text: string }[] = [];

beforeAll(async () => {
  const server = new URL(inject('postgresUrl'));
  admin = new pg.Client({ connectionString: server.href });
  await admin.connect();
  await admin.query(`create role ${LOGIN} login noinherit password '${SECRETS.password}'
    in role app_user, app_runner, app_operator`);
  database = await createDatabase(server.href, { template: MIGRATED_TEMPLATE, owner: LOGIN });
  proxy = await startTcpProxy(Number(server.port));
  model = await startModelServer();
  const url = new URL(database.url);
  url.username = LOGIN;
  url.password = SECRETS.password;
  url.host = `127.0.0.1:${proxy.port}`;
  environment = {
    DATABASE_URL: url.href,
    AUTH_JWT_SECRET: SECRETS.jwtSecret,
    LLM_BASE_URL: model.url,
    LLM_MODEL: 'scripted',
    LLM_API_KEY: SECRETS.apiKey,
    SERVICE_KEY: SECRETS.serviceKey,
    LOG_LEVEL: 'debug',
  };
  service = startServiceProcess(environment);
  base = await service.ready;
});
afterAll(async () => {
  if (service) await killProcess(service.child);
  await model?.close();
  await proxy?.close();
  await database?.drop();
  await admin?.query(`drop role ${LOGIN}`);
  await admin?.end();
});

async function tokenOf(user: string, secret = SECRETS.jwtSecret, end = '1h'): Promise<string> {
  const token = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user)
    .setExpirationTime(end)
    .sign(new TextEncoder().encode(secret));
  bearers.push(token);
  return token;
}

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { Authorization: `Bearer ${await tokenOf(USER)}`, 'Content-Type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status >= 400) refusals.push({ asked: `${method} ${path}`, status: response.status, text });
  return { status: response.status, text };
}

const mission = (id: string) => ({
  id,
  title: CONTENT.mission,
  objective: CONTENT.mission,
  conceptMarkdown: CONTENT.mission,
});
const planned = (id: string) =>
  until(async () => {
    const { text } = await ask('GET', `/api/missions/${id}`);
    return JSON.parse(text).iterations?.[0] ?? null;
  });

/** Nothing of these in a text: neither as it is, nor as a part of a token. */
function expectNone(text: string, planted: string[], about: string): void {
  for (const value of planted) {
    for (const part of value.split('.').filter((piece) => piece.length > 20)) {
      expect(text.includes(part), `${part} in ${about}: ${excerpt(text, part)}`).toBe(false);
    }
  }
}

const excerpt = (text: string, part: string) =>
  text.slice(Math.max(0, text.indexOf(part) - 300), text.indexOf(part) + 100);

describe('through a life of the service', () => {
  test('a mission is planned, a record written, a stream opened by a ticket', async () => {
    model.script({
      plan: {
        summary: CONTENT.answer,
        steps: [
          {
            toolName: 'create_task',
            params: { title: CONTENT.answer },
            rationale: CONTENT.answer,
            summary: CONTENT.answer,
          },
        ],
      },
    });
    expect(
      (await ask('PUT', '/api/records/notes/notes/n1', { title: CONTENT.record, contentMarkdown: CONTENT.record }))
        .status,
    ).toBe(201);
    expect((await ask('POST', '/api/missions', mission('m1'))).status).toBe(201);
    expect(await planned('m1')).toMatchObject({ overallStatus: expect.not.stringMatching('failed') });
    const { ticket } = JSON.parse((await ask('POST', '/sync/ticket')).text);
    bearers.push(ticket);
    const stream = await fetch(`${base}/sync/stream?ticket=${ticket}`);
    expect(stream.status).toBe(200);
    await stream.body?.cancel();
    // The key went where it belongs, so that it could have gone elsewhere.
    expect(model.requests[0]?.headers.authorization).toBe(`Bearer ${SECRETS.apiKey}`);
    expect(JSON.stringify(model.requests[0]?.body)).toContain(CONTENT.mission);
  });

  test('the model fails with the key in its words', async () => {
    const echo = { error: { message: `Incorrect API key provided: ${SECRETS.apiKey}`, prompt: CONTENT.answer } };
    model.script({ status: 401, headers: { 'x-echo': SECRETS.apiKey }, body: echo });
    await ask('POST', '/api/missions', mission('m2'));
    expect(await planned('m2')).toMatchObject({ overallStatus: 'failed', error: { reason: 'model_refused' } });
    model.script({ text: `no plan, but ${CONTENT.answer}` }, { text: CONTENT.answer });
    await ask('POST', '/api/missions', mission('m3'));
    expect(await planned('m3')).toMatchObject({ overallStatus: 'failed' });
    model.setDefault({ status: 500, body: `${SECRETS.apiKey} ${CONTENT.answer}` });
    const before = model.requests.length;
    await ask('POST', '/api/missions', mission('m4'));
    await until(() => model.requests.length > before);
    await until(async () => {
      const [row] = (await read(`select count(*)::int as n from model_calls where mission_id = 'm4'`)) as {
        n: number;
      }[];
      return (row?.n ?? 0) > 0;
    });
  });

  test('people and programs ask wrongly', async () => {
    const { body } = CONTENT;
    await ask('POST', '/api/missions', `{"${body}`);
    await ask('POST', '/api/missions', { title: [body], objective: { [body]: body } });
    await ask('PUT', '/api/records/todo/tasks/t1', { title: `${body}\u0000` });
    await ask('POST', '/sync/todo', {
      clientId: body,
      since: body,
      changes: [{ eventId: body, table: body, id: body, op: body }],
    });
    await ask('POST', '/api/missions', body, { 'Content-Type': `text/${body}` });
    await ask('GET', `/api/missions/${body}`);
    await ask('GET', `/${body}`);
    await ask('GET', `/sync/pull?since=${body}`);
    await ask('GET', '/sync/stream', undefined, { 'Last-Event-ID': body });
    await ask('GET', `/sync/stream?ticket=${bearers.at(-1)}`);
    await ask('POST', '/internal/tick', undefined, { 'X-Service-Key': SECRETS.jwtSecret });
    for (const token of [
      await tokenOf(USER, `${SECRETS.jwtSecret}x`),
      await tokenOf(USER, SECRETS.jwtSecret, '-1h'),
      await tokenOf(`${USER}\n`),
      body,
    ]) {
      await ask('GET', '/api/missions', undefined, { Authorization: `Bearer ${token}` });
    }
    expect(refusals.length).toBeGreaterThan(14);
    expect(refusals.filter(({ status }) => status >= 500)).toEqual([]);
  });

  test('the database goes away and comes back', async () => {
    proxy.refuse();
    proxy.cut();
    expect((await ask('GET', '/api/missions')).status).toBe(503);
    expect((await ask('PUT', '/api/records/notes/notes/n2', { title: CONTENT.record })).status).toBe(503);
    refusals.push({ asked: 'GET /readyz', status: 503, text: await (await fetch(`${base}/readyz`)).text() });
    await proxy.resume();
    await until(async () => (await ask('GET', '/api/missions')).status === 200);
  });
});

test('what comes out is found', () => {
  expect(() => expectNone(`xx${SECRETS.apiKey}xx`, Object.values(SECRETS), 'control')).toThrow(/in control/);
  expect(() => expectNone(bearers[0]?.split('.')[2] ?? '', bearers, 'control')).toThrow(/in control/);
});

describe('nothing comes out', () => {
  const secrets = () => [...Object.values(SECRETS), ...bearers];
  const everything = () => [...secrets(), ...Object.values(CONTENT), USER];

  test('in the answers to whoever asked wrongly', () => {
    for (const { asked, text } of refusals) expectNone(text, everything(), asked);
  });

  test('in what is counted and in how it is', async () => {
    for (const path of ['/metrics', '/health', '/readyz', '/livez', '/openapi.json', '/docs']) {
      expectNone(await (await fetch(`${base}${path}`)).text(), everything(), path);
    }
  });

  test('in the list of processes', () => {
    const listed = commandLine(String(service.child.pid));
    expect(listed).toMatch(/node\b.*main/s);
    expectNone(listed, everything(), 'the list of processes');
  });

  test('of the secrets in prompts, and in the database at all', async () => {
    const tables = (await read(`select relname as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r'`)) as { name: string }[];
    const held = await Promise.all(tables.map(({ name }) => read(`select t::text as row from ${name} t`)));
    const text = JSON.stringify(held);
    expect(text).toContain(CONTENT.mission);
    expectNone(text, secrets(), 'the database');
    for (const { body } of model.requests) expectNone(JSON.stringify(body), secrets(), 'a prompt');
  });

  test('in what the doctor and a start that fails say', async () => {
    const wrongPassword = new URL(environment.DATABASE_URL ?? '');
    wrongPassword.password = `${SECRETS.password}x`;
    const starts: [string, Record<string, string>, string[]?][] = [
      ['doctor', {}, ['doctor']],
      ['doctor of a database that refuses', { DATABASE_URL: wrongPassword.href }, ['doctor', '--json']],
      ['a start with a wrong password', { DATABASE_URL: wrongPassword.href }],
      [
        'a start that is configured wrongly',
        { DATABASE_URL: `${SECRETS.password}:/`, AUTH_JWKS_URL: `http://${SECRETS.apiKey}@x/` },
      ],
      ['a start with a password for the model', { LLM_BASE_URL: `http://x:${SECRETS.apiKey}@127.0.0.1:1/v1` }],
    ];
    const outcomes = starts.map(async ([about, changed, args]) => {
      const command: [string, ...string[]] | undefined = args && [...CLI, ...args];
      const { code, output } = await startServiceProcess({ ...environment, ...changed }, command).exited;
      expect(output.length, about).toBeGreaterThan(20);
      if (about !== 'doctor') expect(code, about).not.toBe(0);
      expectNone(output, everything(), about);
    });
    await Promise.all(outcomes);
  }, 300_000);

  test('in what the service logged, all along', async () => {
    service.child.kill('SIGTERM');
    const { output } = await service.exited;
    for (const seen of ['"route":"/api/missions"', '"level":50', '"reason":"model_refused"'])
      expect(output).toContain(seen);
    expectNone(output, everything(), 'the log');
  });
});

async function read(statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** What others on the machine see of a process. Linux keeps it in a file; `ps` need not be installed there. */
function commandLine(pid: string): string {
  const file = `/proc/${pid}/cmdline`;
  if (existsSync(file)) return readFileSync(file, 'utf8');
  return execFileSync('ps', ['-o', 'comm=,args=', '-p', pid], { encoding: 'utf8' });
}
