// What every answer says to a browser, whatever the answer: a page, a file, JSON, a problem, a stream.
// (Strict-Transport-Security is for whoever ends TLS, which this service never does: docs/security.md.)
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { App } from '../../src/http/app.ts';
import { createMetrics } from '../../src/metrics.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

let service: TestApp;
let app: App;
let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'pg-missions-web-'));
  writeFileSync(join(root, 'index.html'), '<!doctype html>');
  writeFileSync(join(root, 'icon.svg'), '<svg/>');
  service = await startTestApp();
  const metrics = createMetrics({
    streams: () => 0,
    listening: () => true,
    engineRestarts: () => 0,
    modelDown: () => false,
  });
  app = service.variant({ webRoot: root, metrics, corsOrigins: ['https://app.example'] });
});
afterAll(async () => {
  await service.close();
  rmSync(root, { recursive: true, force: true });
});

const ANSWERS: [what: string, path: string, init: RequestInit, status: number][] = [
  ['the page', '/', {}, 200],
  ['a file', '/icon.svg', {}, 200],
  ['the docs', '/docs', {}, 200],
  ['the description', '/openapi.json', {}, 200],
  ['how it is', '/health', {}, 200],
  ['what is counted', '/metrics', {}, 200],
  ['a list', '/api/missions', {}, 200],
  ['a pull', '/sync/pull', {}, 200],
  ['a stream', '/sync/stream', {}, 200],
  ['nothing', '/none', {}, 404],
  ['a missing record', '/api/missions/none', {}, 404],
  ['a wrong method', '/api/missions', { method: 'PUT' }, 405],
  [
    'a wrong body',
    '/api/missions',
    { method: 'POST', body: '{', headers: { 'Content-Type': 'application/json' } },
    400,
  ],
  ['nobody', '/api/missions', { headers: { 'X-Test-User': '' } }, 401],
  [
    'a preflight',
    '/api/missions',
    { method: 'OPTIONS', headers: { Origin: 'https://app.example', 'Access-Control-Request-Method': 'GET' } },
    204,
  ],
];

test.each(ANSWERS)('%s', async (_, path, init, status) => {
  const response = await app.request(path, { ...init, headers: { 'X-Test-User': 'ana', ...init.headers } });
  await response.body?.cancel();
  expect(response.status).toBe(status);
  const { headers } = response;
  expect(Object.fromEntries(headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
  });
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|\*|https?:/);
  // Nothing of a person is kept by a cache in between.
  if (path.startsWith('/api/') || path.startsWith('/sync/')) expect(headers.get('cache-control')).toMatch(/^no-store/);
  for (const name of ['server', 'x-powered-by', 'set-cookie']) expect(headers.get(name)).toBeNull();
});
