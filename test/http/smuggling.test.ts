// I24 below HTTP: framing as no client writes it, over a real socket. Each connection gets refusals or is cut off; what is
// hidden in a body is never taken for a request; nothing throws in the service, and it goes on to serve.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fakeClock } from '../support/fake-clock.ts';
import { sendRaw } from '../support/send-raw.ts';
import { type SyncServerOn, startSyncServerOn } from '../support/sync-server.ts';

const seed = Number(process.env.SEED ?? 20_261_123);
const CONNECTIONS = Number(process.env.CONNECTIONS ?? 400);

let server: SyncServerOn;
beforeAll(async () => {
  server = await startSyncServerOn('pglite', fakeClock());
});
afterAll(() => server?.close());

/** Sends the pieces one after the other, ends, and answers with all that came back. Latin-1: every byte is itself. */
const send = (...pieces: string[]) => sendRaw(server.url, pieces);
const statusesOf = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
const head = (method: string, path: string, ...headers: string[]) =>
  `${[`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Authorization: Bearer me', ...headers].join('\r\n')}\r\n\r\n`;
const JSON_TYPE = 'Content-Type: application/json';
const CHUNKED = 'Transfer-Encoding: chunked';
/** Whoever gets this one's answer has been let through where a body was to be. */
const HIDDEN = head('GET', '/api/me', 'X-Request-Id: hidden-request');

async function expectServing(): Promise<void> {
  expect(server.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  expect(statusesOf(await send(head('GET', '/health', 'Connection: close')))).toEqual([200]);
}

describe('a request that can be read in two ways', () => {
  test.each([
    ['a length and chunks', ['Content-Length: 4', CHUNKED]],
    ['chunks and a length', [CHUNKED, 'Content-Length: 4']],
    ['chunks that are not the last coding', ['Transfer-Encoding: chunked, gzip']],
    ['a coding that looks like chunks', ['Transfer-Encoding: xchunked']],
    ['chunks in a quoted text', ['Transfer-Encoding: "chunked"']],
    ['chunks twice', [CHUNKED, CHUNKED]],
    ['chunks and identity', [CHUNKED, 'Transfer-Encoding: identity']],
    ['a blank before the colon', ['Transfer-Encoding : chunked', 'Content-Length: 4']],
    ['a folded header', ['X-A: b', ' Transfer-Encoding: chunked', 'Content-Length: 4']],
    ['a vertical tab before chunks', ['Transfer-Encoding: \x0bchunked', 'Content-Length: 4']],
    ['two lengths in one', ['Content-Length: 4, 5']],
    ['a length with a sign', ['Content-Length: +4']],
    ['a length in hex', ['Content-Length: 0x4']],
    ['a length with a blank', ['Content-Length: 4 5']],
    ['a length beyond 64 bits', ['Content-Length: 99999999999999999999']],
    ['no length', ['Content-Length:']],
  ])('%s is refused, and what it hides is not answered', async (_, headers) => {
    const text = await send(`${head('POST', '/api/missions', JSON_TYPE, ...headers)}0\r\n\r\n${HIDDEN}`);
    expect(text).not.toContain('hidden-request');
    for (const status of statusesOf(text)) expect([400, 501]).toContain(status);
    await expectServing();
  });

  test.each([
    ['a size that is none', 'g\r\n{}\r\n0\r\n\r\n'],
    ['a size beyond 64 bits', 'ffffffffffffffffff\r\n{}\r\n0\r\n\r\n'],
    ['a negative size', '-2\r\n{}\r\n0\r\n\r\n'],
    ['a size with 0x', '0x2\r\n{}\r\n0\r\n\r\n'],
    ['more than its size', '1\r\n{}\r\n0\r\n\r\n'],
    ['less than its size', '5\r\n{}\r\n0\r\n\r\n'],
    ['a bare line feed', '2\n{}\n0\n\n'],
    ['a line break in an extension', '2;a=\n\r\n{}\r\n0\r\n\r\n'],
    ['20 kB of extensions', `2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`],
    ['a trailer without end', `2\r\n{}\r\n0\r\n${'X-A: b\r\n'.repeat(5_000)}\r\n`],
  ])('a chunk with %s is refused', async (_, body) => {
    const text = await send(`${head('POST', '/api/missions', JSON_TYPE, CHUNKED)}${body}`);
    for (const status of statusesOf(text)) expect(status).toBeGreaterThanOrEqual(400);
    for (const status of statusesOf(text)) expect(status).toBeLessThan(500);
    await expectServing();
  });
});

describe('a connection', () => {
  test('that brings many requests at once gets an answer to each, in order', async () => {
    const many = Array.from({ length: 50 }, (_, i) => head('GET', i % 2 ? '/api/me' : '/none', `X-Request-Id: r${i}`));
    const text = await send(many.join(''), head('GET', '/health', 'Connection: close'));
    expect(statusesOf(text)).toEqual([...many.map((_, i) => (i % 2 ? 200 : 404)), 200]);
    expect([...text.matchAll(/x-request-id: (r\d+)/gi)].map(([, id]) => id)).toEqual(many.map((_, i) => `r${i}`));
  });

  test('that brings a body byte by byte is served like any other', async () => {
    const body = JSON.stringify({ title: 't', objective: 'ö' });
    const bytes = Buffer.from(body).toString('latin1');
    const text = await send(
      head('POST', '/api/missions', JSON_TYPE, `Content-Length: ${bytes.length}`, 'Connection: close'),
      ...bytes,
    );
    expect(statusesOf(text)).toEqual([201]);
  });

  test.each([
    ['in its request line', 'GET /api/mis'],
    ['in its headers', 'GET /api/missions HTTP/1.1\r\nHost: loc'],
    ['in its body', `${head('POST', '/api/missions', JSON_TYPE, 'Content-Length: 100')}{"title":`],
    ['in a chunk', `${head('POST', '/sync/todo', JSON_TYPE, CHUNKED)}5\r\n{"c`],
    ['before its first byte', ''],
  ])('that breaks off %s leaves nothing behind', async (_, bytes) => {
    for (const status of statusesOf(await send(bytes))) expect(status).toBe(400);
    await expectServing();
  });

  test.each([
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n'],
    ['TRACE', head('TRACE', '/api/me', 'Connection: close')],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/0.9', 'GET /api/me\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['another protocol after', head('GET', '/api/me', 'Connection: Upgrade, close', 'Upgrade: websocket')],
    ['an odd expectation', head('POST', '/api/missions', 'Expect: 200-ok', 'Content-Length: 0', 'Connection: close')],
  ])('that asks for %s is not let in by it', async (_, bytes) => {
    const text = await send(bytes);
    expect(statusesOf(text).filter((status) => status >= 500 || status === 101)).toEqual([]);
    expect(text).not.toContain('evil.example');
    await expectServing();
  });
});

const framing = fc.constantFrom(
  ...['Content-Length: 0', 'Content-Length: 2', 'Content-Length: 4', 'Content-Length: 30', 'content-length: 2'],
  ...[CHUNKED, 'transfer-encoding: Chunked', 'Transfer-Encoding: identity', 'Transfer-Encoding: gzip, chunked'],
  ...[
    'Transfer-Encoding:chunked ',
    'Transfer_Encoding: chunked',
    'X: y\nTransfer-Encoding: chunked',
    'Connection: close',
  ],
  ...['Connection: Content-Length', 'Expect: 100-continue', 'Content-Encoding: gzip', JSON_TYPE],
);
const body = fc.constantFrom('', '{}', '2\r\n{}\r\n0\r\n\r\n', '0\r\n\r\n', '{}\r\n', '1e\r\n', '\r\n', '0\r\n');

test('whatever frames a request, no connection gets more answers than it brings requests, and none is a 5xx', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(framing, { maxLength: 4 }), body, fc.nat(60), async (headers, body, cut) => {
      const bytes = `${head('POST', '/api/missions', ...headers)}${body}${HIDDEN}`;
      const statuses = statusesOf(await send(bytes.slice(0, cut), bytes.slice(cut))).filter((status) => status !== 100);
      // Two requests, and what of the bytes between them is none.
      expect(statuses.length).toBeLessThanOrEqual(3);
      for (const status of statuses) expect(status === 501 || status < 500, String(statuses)).toBe(true);
    }),
    { seed, numRuns: CONNECTIONS },
  );
  await expectServing();
}, 120_000);

test('negative control: a parser that is lenient answers what was hidden', async () => {
  const lenient = createServer({ insecureHTTPParser: true }, (request, response) => {
    request.resume().on('end', () => response.end(String(request.headers['x-request-id'])));
  });
  await once(lenient.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(lenient.address() as AddressInfo).port}`;
  const text = await sendRaw(url, [`${head('POST', '/', 'Content-Length: 4', CHUNKED)}0\r\n\r\n${HIDDEN}`]);
  lenient.close();
  expect(statusesOf(text)).toEqual([200, 200]);
  expect(text).toContain('hidden-request');
});
