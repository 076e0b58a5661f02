// For how long a stream goes on: whoever reads it must still be who they were.
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Authenticate } from '../../src/auth/create-authenticator.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { createApp } from '../../src/http/create-app.ts';
import { RECHECK_MS } from '../../src/http/event-stream.ts';
import { type ChangeHub, createChangeHub } from '../../src/sync/change-hub.ts';
import { readHeads } from '../../src/sync/read-heads.ts';
import { newUser, openTestPglite, type TestEngine } from '../support/engines.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';

let engine: TestEngine;
let clock: FakeClock;
let hub: ChangeHub;
let user: string;
let authenticate: Authenticate;
let asked: number;

beforeAll(async () => {
  engine = await openTestPglite();
});
afterAll(() => engine?.close());
beforeEach(() => {
  clock = fakeClock();
  user = newUser();
  asked = 0;
  authenticate = async () => user;
});

function app() {
  const log = pino({ level: 'silent' });
  hub = createChangeHub({ clock, log, readHeads: (userIds) => readHeads(engine.db, userIds) });
  return createApp({
    ...{
      db: engine.db,
      hub,
      registry: defaultRegistry,
      runner: null,
      clock,
      log,
      serviceKey: undefined,
      guard: 'none',
    },
    ready: async () => ({ database: true, migrations: true, listener: true }),
    authenticate(request) {
      asked += 1;
      return authenticate(request);
    },
  });
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function open(path = '/sync/stream') {
  const response = await app().request(path, { headers: { Authorization: 'Bearer x' } });
  expect(response.status).toBe(200);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  return reader;
}

/** Heartbeats come until the end does. */
async function endOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  for (;;) if ((await reader.read()).done) return;
}

/** In steps that a reader of heartbeats keeps up with. */
async function passMinutes(minutes: number): Promise<void> {
  for (let i = 0; i < minutes * 6; i++) {
    clock.advance(RECHECK_MS / 6);
    await settled();
  }
}

test('ends within a minute of its token', async () => {
  const reader = await open();
  const over = endOf(reader);
  await passMinutes(3);
  expect(hub.followers()).toBe(1);
  authenticate = async () => ({ reason: 'invalid_token', detail: 'it has expired' });
  await passMinutes(1);
  await over;
  expect(hub.followers()).toBe(0);
});

test('goes on while nobody can tell', async () => {
  const reader = await open();
  const over = endOf(reader);
  authenticate = async () => ({ reason: 'auth_unavailable', detail: 'keys' });
  await passMinutes(2);
  authenticate = () => Promise.reject(new Error('away'));
  await passMinutes(2);
  expect(hub.followers()).toBe(1);
  authenticate = async () => 'somebody else';
  await passMinutes(1);
  await over;
});

test('is not asked about once it is over', async () => {
  const reader = await open();
  await reader.cancel();
  asked = 0;
  await passMinutes(2);
  expect(asked).toBe(0);
});

test('of a ticket lasts an hour', async () => {
  const { ticket } = (await (await app().request('/sync/ticket', { method: 'POST' })).json()) as { ticket: string };
  const reader = await open(`/sync/stream?ticket=${ticket}`);
  const over = endOf(reader);
  await passMinutes(59);
  expect(hub.followers()).toBe(1);
  await passMinutes(1);
  await over;
});
