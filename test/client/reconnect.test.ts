// How a stream of the client behaves when the service does not: against a scripted server, in a time that tests move.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Client, createClient, type StreamBatch, type StreamOptions } from '../../src/client/index.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';

type Reply = (response: ServerResponse, request: IncomingMessage) => void;

let server: Server;
let url: string;
let requests: IncomingMessage[];
let script: Reply[];
let clock: FakeClock;
/** The waits that were asked for, in milliseconds, apart from the watch for silence. */
let waits: number[];
/** How often a watch for silence began: once for each part that was read. */
let watches: number;
let client: Client;
/** Ends what a test has left open. */
let stop: AbortController;

const SILENCE = 45_000;

beforeEach(async () => {
  stop = new AbortController();
  requests = [];
  script = [];
  waits = [];
  watches = 0;
  clock = fakeClock();
  server = createServer((request, response) => {
    requests.push(request);
    const reply = script.shift();
    if (reply) reply(response, request);
    else hang(response, request);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  client = clientWith({});
});
afterEach(async () => {
  stop.abort();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function clientWith(over: Partial<Parameters<typeof createClient>[0]>, chance = 1): Client {
  const time = {
    after(ms: number, callback: () => void) {
      if (ms === SILENCE) watches += 1;
      else waits.push(ms);
      return clock.after(ms, callback);
    },
    random: () => chance,
  };
  return createClient({ baseUrl: url, appId: 'todo', clientId: 'phone', ...over }, time);
}

function follow(from: Client, options: StreamOptions = {}): AsyncIterator<StreamBatch> {
  return from.stream({ signal: stop.signal, ...options })[Symbol.asyncIterator]();
}

const open = (response: ServerResponse) => response.writeHead(200, { 'Content-Type': 'text/event-stream' });
const changes = (...ids: number[]) =>
  ids
    .map((id) => `event: changes\nid: e.${id}\ndata: {"serverChanges":[{"id":"t${id}"}],"syncedUntil":"e.${id}"}\n\n`)
    .join('');
/** Sends, and goes on. */
const sends =
  (text: string): Reply =>
  (response) =>
    void open(response).write(text);
/** Sends, and ends. */
const ends =
  (text: string): Reply =>
  (response) =>
    void open(response).end(text);
/** Sends, and breaks off. */
const breaks =
  (text: string): Reply =>
  (response) =>
    void open(response).write(text, () => response.destroy());
const refuses =
  (status: number, code: string, headers: Record<string, string> = {}): Reply =>
  (response) =>
    void response.writeHead(status, headers).end(JSON.stringify({ code, detail: `it is ${code}`, status }));
const hang: Reply = () => {};

const until = (isThere: () => boolean) => vi.waitUntil(isThere, { timeout: 60_000, interval: 1 });

/** Waits until the client waits, and lets that time pass. */
async function passWait(count: number): Promise<void> {
  await until(() => waits.length >= count);
  clock.advance(waits[count - 1] as number);
}

async function take(iterator: AsyncIterator<StreamBatch>, count: number): Promise<(string | null)[]> {
  const taken: (string | null)[] = [];
  for (let i = 0; i < count; i++) {
    const { value, done } = await iterator.next();
    if (done) break;
    taken.push(`${value.cursor}:${value.changes.map(({ id }: { id: string }) => id)}`);
  }
  return taken;
}

const sinceOf = (index: number) => new URL(requests[index]?.url ?? '', url).searchParams.get('since');

test('asks as the protocol has it', async () => {
  script = [ends(changes(1))];
  const named = clientWith({ token: async () => 'secret', appId: 'my app' });
  const iterator = follow(named, { since: 'e.0', collections: ['a', 'b'] });
  await iterator.next();
  expect(requests[0]?.url).toBe('/sync/my%20app/stream?since=e.0&collections=a%2Cb');
  expect(requests[0]?.headers).toMatchObject({
    accept: 'text/event-stream',
    authorization: 'Bearer secret',
    'x-client-id': 'phone',
  });
  await iterator.return?.(undefined);
});

test.each([
  ['ends', ends],
  ['breaks off', breaks],
])('a stream that %s is resumed from the cursor that was handed out last', async (_, over) => {
  script = [over(changes(1, 2)), over(`${changes(3)}event: changes\nid: e.4\ndata: {"server`), sends(changes(4))];
  const iterator = follow(client, { since: 'e.0' });
  expect(await take(iterator, 2)).toEqual(['e.1:t1', 'e.2:t2']);
  const third = take(iterator, 1);
  await passWait(1);
  expect(await third).toEqual(['e.3:t3']);
  const fourth = take(iterator, 1);
  await passWait(2);
  expect(await fourth).toEqual(['e.4:t4']);
  expect([sinceOf(0), sinceOf(1), sinceOf(2)]).toEqual(['e.0', 'e.2', 'e.3']);
  await iterator.return?.(undefined);
});

test('an id without data moves the cursor: what was left out is not read again', async () => {
  script = [ends(`retry: 2000\n\n${changes(1)}: heartbeat\n\n: heartbeat\nid: e.9\n\n`), hang];
  const iterator = follow(client);
  expect(await take(iterator, 2)).toEqual(['e.1:t1', 'e.9:']);
  void iterator.next();
  await passWait(1);
  await until(() => requests.length === 2);
  expect(sinceOf(1)).toBe('e.9');
});

test.each([
  ['a token that cannot be had', { token: () => Promise.reject(new Error('signed out')) }, 'signed out'],
  ['an address that is none', { baseUrl: 'nope' }, 'Invalid URL'],
])('%s is thrown: no new connection mends it', async (_, over, message) => {
  await expect(follow(clientWith(over)).next()).rejects.toThrow(message);
  expect(waits).toEqual([]);
});

test('an app that would stand where the service has a path is refused', () => {
  for (const appId of ['pull', 'stream', 'ticket']) expect(() => clientWith({ appId })).toThrow(TypeError);
});

describe('waits before it reconnects', () => {
  test('longer where the service answers and ends at once: only what moves the cursor counts', async () => {
    script = [ends('retry: 2000\n\n'), ends('retry: 2000\n\n: heartbeat\n\n'), hang];
    void follow(client).next();
    await passWait(1);
    await passWait(2);
    expect(waits).toEqual([2_000, 4_000]);
  });

  test('longer after each failure, up to 30 s, and less once something has come', async () => {
    script = [...Array.from({ length: 7 }, () => refuses(503, 'database_unavailable')), ends(changes(1)), hang];
    const iterator = follow(client);
    const first = take(iterator, 1);
    for (let i = 1; i <= 7; i++) await passWait(i);
    expect(await first).toEqual(['e.1:t1']);
    void iterator.next();
    await passWait(8);
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 2_000]);
  });

  test('as long as the service says: retry in the stream, Retry-After', async () => {
    script = [
      ends('retry: 500\n\n'),
      refuses(429, 'rate_limited', { 'Retry-After': '7' }),
      refuses(503, 'database_unavailable', { 'Retry-After': new Date(Date.now() + 3_600_000).toUTCString() }),
      hang,
    ];
    void follow(client).next();
    for (let i = 1; i <= 3; i++) await passWait(i);
    expect(waits.slice(0, 2)).toEqual([500, 7_000]);
    expect(waits[2]).toBeGreaterThan(3_590_000);
  });

  test('half as long at random', async () => {
    script = [refuses(503, 'database_unavailable'), hang];
    void follow(clientWith({}, 0)).next();
    await passWait(1);
    expect(waits).toEqual([1_000]);
  });

  test('and a signal ends the wait', async () => {
    script = [refuses(503, 'database_unavailable')];
    const next = follow(client).next();
    await until(() => waits.length === 1);
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(requests).toHaveLength(1);
  });
});

describe('a service that is silent for 45 s', () => {
  test('is asked again, whether it has answered or not', async () => {
    script = [sends(changes(1)), hang, sends(changes(2))];
    const iterator = follow(client);
    expect(await take(iterator, 1)).toEqual(['e.1:t1']);
    const second = take(iterator, 1);
    // For the answer, for its first part, for the next.
    await until(() => watches === 3);
    clock.advance(SILENCE);
    await passWait(1);
    await until(() => requests.length === 2);
    clock.advance(SILENCE);
    await passWait(2);
    expect(await second).toEqual(['e.2:t2']);
    expect(sinceOf(2)).toBe('e.1');
    await iterator.return?.(undefined);
  });

  test('is one from which not even a heartbeat comes', async () => {
    let response: ServerResponse | undefined;
    script = [
      (answer) => {
        response = open(answer);
        response.write(': open\n\n');
      },
    ];
    const iterator = follow(client);
    const next = take(iterator, 1);
    // For the answer, for its first part, for the next.
    await until(() => watches === 3);
    for (let i = 0; i < 5; i++) {
      clock.advance(SILENCE - 1);
      response?.write(': heartbeat\n\n');
      await until(() => watches === 4 + i);
    }
    response?.write(changes(1));
    expect(await next).toEqual(['e.1:t1']);
    expect(requests).toHaveLength(1);
    await iterator.return?.(undefined);
  });
});

describe('what no new connection mends is thrown', () => {
  test.each<[string, Reply, object]>([
    [
      'a cursor ahead of the log',
      refuses(400, 'cursor_ahead'),
      { name: 'CursorAheadError', code: 'cursor_ahead', status: 400 },
    ],
    ['a token that does not count', refuses(401, 'unauthenticated'), { code: 'unauthenticated', status: 401 }],
    ['a wrong request', refuses(400, 'invalid_request'), { code: 'invalid_request', message: 'it is invalid_request' }],
    ['another service', (response) => void response.end('<html>'), { code: 'unexpected_answer', status: 200 }],
    [
      'no service',
      (response) => void response.writeHead(404).end('<html>'),
      { code: 'unexpected_answer', status: 404 },
    ],
    ['an event that is not JSON', sends('event: changes\nid: e.1\ndata: {\n\n'), { code: 'unexpected_answer' }],
  ])('%s', async (_, reply, error) => {
    script = [reply];
    const iterator = follow(client, { since: 'e.0' });
    await expect(iterator.next()).rejects.toMatchObject(error);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(requests).toHaveLength(1);
  });
});

test('an end of the loop ends the connection', async () => {
  const gone = new Promise((resolve) => {
    script = [(response) => void open(response.once('close', () => resolve(true))).write(changes(1, 2))];
  });
  for await (const _ of client.stream()) break;
  expect(await gone).toBe(true);
});

test('asks for a token each time', async () => {
  let tokens = 0;
  script = [ends(changes(1)), hang];
  const iterator = follow(clientWith({ token: () => `token-${++tokens}` }));
  await iterator.next();
  void iterator.next();
  await passWait(1);
  await until(() => requests.length === 2);
  expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
});
