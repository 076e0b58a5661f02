import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/http/app.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const PAGE = `<!doctype html><title>client</title>${' '.repeat(500)}`;
const SCRIPT = `console.log('${'a'.repeat(500)}');`;

let service: TestApp;
let app: App;
let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'pg-missions-web-'));
  mkdirSync(join(root, 'assets'));
  const write = (name: string, text: string) => {
    writeFileSync(join(root, name), text);
    writeFileSync(join(root, `${name}.br`), brotliCompressSync(text));
    writeFileSync(join(root, `${name}.gz`), gzipSync(text));
  };
  write('index.html', PAGE);
  write('service-worker.js', SCRIPT);
  write('assets/index-abc.js', SCRIPT);
  write('assets/index-abc.css', 'a{}');
  writeFileSync(join(root, 'icon.svg'), '<svg/>');
  writeFileSync(join(root, 'app.webmanifest'), '{}');
  writeFileSync(join(root, 'notes.secret'), 'of a type that is not served');
  service = await startTestApp();
  app = service.variant({ webRoot: root });
});
afterAll(async () => {
  await service.close();
  rmSync(root, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  app.request(path, { method, headers });

describe('the page', () => {
  it.each([
    '/',
    '/inbox',
    '/inbox/',
    '/todo',
    '/todo/any/record',
    '/calendar',
    '/places',
    '/notes',
    '/goals',
    '/companion/missions',
    '/companion/missions/a%2Fb?tab=plan',
    '/companion/workbench',
  ])('is at %s', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await response.text()).toBe(PAGE);
  });

  it('is asked for anew each time, and sent again only when it changed', async () => {
    const first = await get('/inbox');
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    for (const tags of [etag, `"other", W/${etag}`, '*']) {
      const again = await get('/inbox', { 'If-None-Match': tags });
      expect(again.status).toBe(304);
      expect(await again.text()).toBe('');
      expect(again.headers.get('etag')).toBe(etag);
    }
    expect((await get('/inbox', { 'If-None-Match': '"other"' })).status).toBe(200);
  });

  it('allows scripts and styles of its own, and nothing inline or from elsewhere', async () => {
    const policy = (await get('/')).headers.get('content-security-policy') ?? '';
    const directives = new Map(policy.split('; ').map((directive) => directive.split(/ (.*)/s) as [string, string]));
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(directives.get('default-src')).toBe("'none'");
    for (const own of ['script-src', 'style-src', 'connect-src', 'worker-src', 'manifest-src', 'font-src']) {
      expect(directives.get(own)).toBe("'self'");
    }
    for (const none of ['base-uri', 'form-action', 'frame-ancestors']) expect(directives.get(none)).toBe("'none'");
    expect(directives.get('require-trusted-types-for')).toBe("'script'");
    // The worker is governed by the policy that it comes with.
    expect((await get('/service-worker.js')).headers.get('content-security-policy')).toBe(policy);
  });

  it('answers HEAD as it would GET, without a body', async () => {
    const [whole, head] = [await get('/todo'), await get('/todo', {}, 'HEAD')];
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    for (const name of ['content-type', 'content-length', 'etag', 'cache-control']) {
      expect(head.headers.get(name)).toBe(whole.headers.get(name));
    }
  });

  it('takes nothing but GET and HEAD', async () => {
    const response = await get('/inbox', {}, 'POST');
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toContain('GET');
  });
});

describe('the files', () => {
  it('of the build stay as they are for ever, since their names change', async () => {
    const response = await get('/assets/index-abc.js');
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    // It is the page's own policy that counts: as a page it may do nothing.
    expect(response.headers.get('content-security-policy') ?? '').not.toContain('trusted-types');
  });

  it.each([
    ['/assets/index-abc.css', 'text/css; charset=utf-8'],
    ['/icon.svg', 'image/svg+xml'],
    ['/app.webmanifest', 'application/manifest+json'],
    ['/service-worker.js', 'text/javascript; charset=utf-8'],
    ['/index.html', 'text/html; charset=utf-8'],
  ])('%s is %s', async (path, type) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
  });

  it('that keep their name are asked for anew', async () => {
    for (const path of ['/service-worker.js', '/icon.svg', '/app.webmanifest']) {
      expect((await get(path)).headers.get('cache-control')).toBe('no-cache');
    }
  });

  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['BR', 'br'],
    ['gzip;q=0, br;q=0.000', null],
    ['identity', null],
    ['', null],
  ])('are sent to a reader of "%s" as %s', async (accepted, encoding) => {
    const response = await get('/assets/index-abc.js', { 'Accept-Encoding': accepted });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(response.headers.get('vary')).toBe('Accept-Encoding');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(response.headers.get('content-length')).toBe(String(bytes.length));
    const text = encoding === 'br' ? brotliDecompressSync(bytes) : encoding === 'gzip' ? gunzipSync(bytes) : bytes;
    expect(text.toString()).toBe(SCRIPT);
  });

  it('have another tag in each encoding', async () => {
    const tag = async (accepted: string) =>
      (await get('/assets/index-abc.js', { 'Accept-Encoding': accepted })).headers.get('etag');
    expect(new Set([await tag('br'), await tag('gzip'), await tag('')]).size).toBe(3);
  });

  it('that have no smaller form are sent as they are', async () => {
    const response = await get('/icon.svg', { 'Accept-Encoding': 'br, gzip' });
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(await response.text()).toBe('<svg/>');
  });
});

describe('everything else', () => {
  it.each([
    '/assets/none.js',
    '/assets/',
    '/assets/index-abc.js.br',
    '/notes.secret',
    '/package.json',
    '/..%2fpackage.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/..\\..\\package.json',
    '/%00',
    '//inbox',
    '/inboxes',
    '/Inbox',
    '/api',
    '/api/none',
    '/sync/none/none',
    '/internal/none',
    '/healthy',
  ])('%s is a problem, not a page', async (path) => {
    const response = await app.request(new Request(`http://localhost${path}`));
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(((await response.json()) as { code: string }).code).toBe('not_found');
  });

  it('of the service goes on as before', async () => {
    expect((await get('/health')).status).toBe(200);
    expect((await get('/docs')).headers.get('content-type')).toContain('text/html');
    const missions = await get('/api/missions', { 'X-Test-User': 'me' });
    expect(missions.headers.get('content-type')).toContain('application/json');
  });

  it('is all there is without the folder of a build', async () => {
    expect((await service.variant({}).request('/')).status).toBe(404);
    expect(() => service.variant({ webRoot: join(root, 'assets') })).toThrow('npm run build');
  });
});

describe('in single-user mode', () => {
  const LINK = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };
  let single: App;
  beforeAll(() => {
    single = service.variant({ webRoot: root, guard: 'single-user' });
  });
  const ask = async (path: string, headers: Record<string, string>, method = 'GET') =>
    (await single.request(path, { method, headers: { Host: 'localhost:3067', ...headers } })).status;

  it('a link on another page leads to ours', async () => {
    for (const path of ['/', '/inbox', '/companion/missions/x', '/docs']) {
      expect(await ask(path, LINK)).toBe(200);
      expect(await ask(path, { ...LINK, 'Sec-Fetch-Site': 'same-site' })).toBe(200);
    }
  });

  it.each([
    ['leads to data', '/api/missions', LINK, 'GET'],
    ['leads to a file', '/assets/index-abc.js', LINK, 'GET'],
    ['is a form', '/inbox', { ...LINK, Origin: 'https://evil.example' }, 'POST'],
    ['is a form that says nothing of its origin', '/inbox', LINK, 'POST'],
    ['has an origin', '/inbox', { ...LINK, Origin: 'https://evil.example' }, 'GET'],
    ['is a frame', '/inbox', { ...LINK, 'Sec-Fetch-Dest': 'iframe' }, 'GET'],
    ['is a request of a script', '/inbox', { ...LINK, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }, 'GET'],
    ['is a picture', '/icon.svg', { ...LINK, 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }, 'GET'],
    ['comes under another name', '/inbox', { ...LINK, Host: 'evil.example' }, 'GET'],
  ])('what comes from another page and %s is refused', async (_, path, headers, method) => {
    expect(await ask(path, headers, method)).toBe(403);
  });

  it('our own page gets its files', async () => {
    const own = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'script' };
    expect(await ask('/assets/index-abc.js', own)).toBe(200);
    expect(await ask('/service-worker.js', own)).toBe(200);
  });
});
