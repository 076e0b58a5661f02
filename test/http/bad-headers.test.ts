// Requests as no client writes them, over a real socket: odd headers, lines and lengths. Each gets an answer of 4xx or
// better or is cut off, nothing throws in the service, and it goes on to serve.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fakeClock } from '../support/fake-clock.ts';
import { sendRaw } from '../support/send-raw.ts';
import { type SyncServerOn, startSyncServerOn } from '../support/sync-server.ts';
import { oddHeaders } from './fuzz/odd-headers.ts';

const SEED = Number(process.env.SEED ?? 20_261_123);

let server: SyncServerOn;
beforeAll(async () => {
  server = await startSyncServerOn('pglite', fakeClock());
});
afterAll(() => server?.close());

/** The bytes as they are; all that comes back until the service closes. Latin-1, so that every byte is itself. */
const send = (...pieces: string[]) => sendRaw(server.url, [pieces.join('')]);
const statusOf = (text: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
const LAST = 'Connection: close\r\n\r\n';
const get = (path: string, ...headers: string[]) =>
  [`GET ${path} HTTP/1.1\r\n`, ...headers.map((header) => `${header}\r\n`), LAST].join('');
const ME = ['Host: localhost', 'Authorization: Bearer me'];

async function expectServing(): Promise<void> {
  expect(server.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  expect(statusOf(await send(get('/health', ...ME)))).toBe(200);
}

describe('answered with 4xx', () => {
  test.each([
    ['no Host', get('/health'), [400]],
    ['a Host that is none', get('/api/missions', 'Host: a b@c/d', 'Authorization: Bearer me'), [400]],
    ['no method', ' / HTTP/1.1\r\n\r\n', [400]],
    ['another protocol', 'GET / GOPHER/1.0\r\n\r\n', [400]],
    ['a header without a name', get('/health', ...ME, ': x'), [400]],
    ['a header with a blank before its colon', get('/health', ...ME, 'X-Client-Id : a'), [400]],
    ['a NUL in a header', get('/health', ...ME, 'X-Client-Id: a\0b'), [400]],
    ['a line break in a header', get('/health', ...ME, 'X-Client-Id: a\rb'), [400]],
    ['20 kB of headers', get('/health', ...ME, `X-Client-Id: ${'x'.repeat(20_000)}`), [431]],
    ['2,000 headers', get('/none', ...ME, ...Array.from({ length: 2_000 }, (_, i) => `X-${i}: 1`)), [404, 431]],
    ['a path of 20 kB', get(`/${'x'.repeat(20_000)}`, ...ME), [414, 431]],
    [
      'two lengths',
      `POST /api/missions HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
      [400],
    ],
    [
      'a length and chunks',
      `POST /api/missions HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      [400],
    ],
    ['a negative length', `POST /api/missions HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n`, [400]],
    [
      'chunks that are none',
      `POST /api/missions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer me\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      [400],
    ],
    [
      'another transfer coding',
      `POST /api/missions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n`,
      [400, 401, 501],
    ],
  ])('%s', async (_, request, statuses) => {
    expect(statuses).toContain(statusOf(await send(request)));
    await expectServing();
  });
});

test.each([
  '//evil.example/api/missions',
  'http://evil.example/api/missions',
  'http://evil.example:99999/',
  'http://[::bad]/x',
  '/%',
  '/%00',
  '/..%2f..%2fetc/passwd',
  '/\\..\\..\\etc\\passwd',
  '/api/missions?%',
  '/api/missions/%ff%fe',
  '*',
  '/api/missions#fragment',
])('the path %s', async (path) => {
  const text = await send(get(path, ...ME));
  expect(statusOf(text)).toBeGreaterThanOrEqual(200);
  expect(statusOf(text)).toBeLessThan(500);
  expect(text).not.toContain('root:');
  await expectServing();
});

const request = fc.record({
  method: fc.constantFrom('GET', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND'),
  path: fc.constantFrom(
    '/health',
    '/api/missions',
    '/api/missions/m1',
    '/api/records/todo/tasks/t1',
    '/sync/pull',
    '/sync/todo',
    '/api/policy',
    '/none',
  ),
  headers: oddHeaders,
});

test('whatever a header holds, the answer is no 5xx, no stack and no echo of it', async () => {
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, headers }) => {
      const lines = headers.map(([name, text]) => `${name}: ${text}\r\n`).join('');
      const text = await send(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${lines}Content-Length: 0\r\n${LAST}`);
      expect(text).not.toMatch(/^HTTP\/1\.1 5/);
      expect(text).not.toMatch(/\n\s+at |node_modules|jndi/);
    }),
    { seed: SEED, numRuns: 600 },
  );
  await expectServing();
});
