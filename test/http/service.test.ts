import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBLEM_STATUS } from '../../src/http/problem.ts';
import { SERVICE_KEY, startTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

describe('health', () => {
  it('answers without a user', async () => {
    const { status, body } = await app.user().get('/health');
    expect({ status, body }).toEqual({
      status: 200,
      body: { status: 'ok', version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    });
    expect((await app.user().get('/livez')).body).toEqual({ status: 'ok' });
    const noticed = app.variant({ plannerNotice: 'no model is configured' });
    expect(await (await noticed.request('/health')).json()).toMatchObject({ plannerNotice: 'no model is configured' });
  });

  it('is ready when all three checks are', async () => {
    const checks = { database: true, migrations: true, listener: true };
    expect(await app.user().get('/readyz')).toMatchObject({ status: 200, body: { status: 'ready', checks } });
    for (const check of ['database', 'migrations', 'listener'] as const) {
      const user = app.user(app.variant({ ready: async () => ({ ...checks, [check]: false }) }));
      expect(await user.get('/readyz')).toMatchObject({
        status: 503,
        body: { status: 'not_ready', checks: { ...checks, [check]: false } },
      });
    }
    const failing = app.user(app.variant({ ready: () => Promise.reject(new Error('no')) }));
    expect(await failing.get('/readyz')).toMatchObject({ status: 503, body: { checks: { database: false } } });
  });
});

describe('POST /internal/tick', () => {
  const tick = (key: string | undefined, on = app.user()) =>
    on.send('POST', '/internal/tick', { headers: key === undefined ? {} : { 'X-Service-Key': key } });

  it('sweeps, and answers what it found', async () => {
    await app.user().post('/api/missions', { title: 'T', objective: 'O', conceptMarkdown: '- [ ] x' });
    const { status, body } = await tick(SERVICE_KEY);
    expect(status).toBe(200);
    expect(body).toEqual({
      scannedAt: expect.any(String),
      dueMissionCount: 1,
      plansProduced: 1,
      plansWrittenBack: 1,
      parseFailures: 0,
      errors: 0,
    });
  });

  it('is refused without the key, without a key to compare, and without a runner', async () => {
    for (const key of [undefined, '', 'wrong', `${SERVICE_KEY} and more`]) {
      const refused = await tick(key);
      expect(refused).toMatchObject({ status: 401, body: { code: 'service_key_invalid' } });
      expect(refused.headers.get('www-authenticate')).toBe('X-Service-Key');
    }
    const unconfigured = app.user(app.variant({ serviceKey: undefined }));
    expect(await tick(SERVICE_KEY, unconfigured)).toMatchObject({
      status: 403,
      body: { code: 'service_key_not_configured' },
    });
    expect((await tick('', app.user(app.variant({ serviceKey: '' })))).status).toBe(403);
    const idle = app.user(app.variant({ runner: null }));
    expect(await tick(SERVICE_KEY, idle)).toMatchObject({ status: 409, body: { code: 'no_runner' } });
  });
});

describe('who asks', () => {
  it('is asked of every operation on a person’s data', async () => {
    const nobody = app.user(app.variant({ authenticate: async () => null }));
    const { paths } = (await nobody.get('/openapi.json')).body;
    let asked = 0;
    for (const [pattern, item] of Object.entries(paths as Record<string, Record<string, { security?: unknown }>>)) {
      for (const [method, operation] of Object.entries(item)) {
        const isOfAPerson = pattern.startsWith('/api/') || pattern.startsWith('/sync/');
        expect(operation.security !== undefined).toBe(isOfAPerson);
        if (!isOfAPerson) continue;
        // A body that would be refused as well: who asks comes first.
        const answer = await nobody.send(
          method.toUpperCase(),
          pattern.replaceAll(/\{.+?\}/g, 'x'),
          method === 'get' ? {} : { body: '{' },
        );
        expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
        asked++;
      }
    }
    expect(asked).toBeGreaterThanOrEqual(18);
  });

  it('is never an empty name', async () => {
    const empty = app.user(app.variant({ authenticate: async () => '' }));
    expect((await empty.get('/api/missions')).status).toBe(401);
  });
});

describe('paths and methods', () => {
  it('answers 404 and 405 as problems', async () => {
    for (const path of [
      '/',
      '/api',
      '/api/mission',
      '/api/missions/',
      '/api/missions/a/b',
      '/api/records/todo',
      '/wp-login.php',
    ]) {
      const answer = await app.user().get(path);
      expect(answer).toMatchObject({
        status: 404,
        body: { type: 'about:blank', title: 'Not Found', status: 404, code: 'not_found' },
      });
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
    const put = await app.user().put('/api/missions', {});
    expect(put).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(put.headers.get('allow')?.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
    expect(put.headers.get('x-request-id')).toBeTruthy();
    const post = await app.user().post('/api/records/todo/tasks/t1', {});
    expect(post.headers.get('allow')?.split(', ').sort()).toEqual(['DELETE', 'GET', 'HEAD', 'PATCH', 'PUT']);
    expect((await app.user().get('/internal/tick')).status).toBe(405);
    expect((await app.user().send('HEAD', '/health', {})).status).toBe(200);
  });

  it('gives every answer its headers', async () => {
    const user = app.user();
    const paths = ['/health', '/api/missions', '/api/missions/none', '/none', '/openapi.json', '/docs'];
    for (const path of paths) {
      const { headers } = await user.send('GET', path, { headers: { 'X-Request-Id': 'mine-1.2=3' } });
      expect(headers.get('x-request-id')).toBe('mine-1.2=3');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    }
    for (const odd of ['with space', 'x'.repeat(129), 'a,b', '']) {
      const { headers } = await user.send('GET', '/health', { headers: { 'X-Request-Id': odd } });
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});

describe('/openapi.json and /docs', () => {
  it('describe every route of the app, and name known codes only', async () => {
    const { status, body } = await app.user().get('/openapi.json');
    expect(status).toBe(200);
    expect(body.openapi).toBe('3.1.0');
    const described = Object.entries(body.paths as Record<string, object>).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = app
      .variant({})
      .routes.filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(described.sort()).toEqual(routes.filter((route) => !/\/(docs|openapi.json)$/.test(route)).sort());
    for (const route of [
      'POST /api/missions',
      'GET /api/missions',
      'GET /api/missions/{id}',
      'PATCH /api/missions/{id}',
      'DELETE /api/missions/{id}',
      'POST /api/missions/{id}/run',
      'POST /api/missions/{id}/iterations/{iterationId}/feedback',
      'GET /api/proposals',
      'POST /api/proposals/{id}/decision',
      'POST /api/proposals/decisions',
      'GET /api/records/{appId}/{table}',
      'GET /api/records/{appId}/{table}/{id}',
      'PUT /api/records/{appId}/{table}/{id}',
      'PATCH /api/records/{appId}/{table}/{id}',
      'DELETE /api/records/{appId}/{table}/{id}',
      'GET /api/policy',
      'PUT /api/policy',
      'GET /health',
      'GET /livez',
      'GET /readyz',
      'POST /internal/tick',
    ]) {
      expect(described).toContain(route);
    }
    const codes = JSON.stringify(body.paths);
    expect(codes).toContain('proposal_already_decided');
    for (const item of Object.values(body.paths as Record<string, Record<string, Operation>>)) {
      for (const { responses } of Object.values(item)) {
        for (const [status, { description, content }] of Object.entries(responses)) {
          if (!content?.['application/problem+json']) continue;
          for (const code of description.split(', ')) {
            expect({ code, status: String(PROBLEM_STATUS[code as keyof typeof PROBLEM_STATUS]) }).toEqual({
              code,
              status,
            });
          }
        }
      }
    }
  });

  it('resolve every reference', async () => {
    const { body } = await app.user().get('/openapi.json');
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/(.+?)"/g)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(10);
    for (const name of references) expect(body.components.schemas).toHaveProperty(name as string);
  });

  it('are a page without scripts, which loads nothing', async () => {
    const { status, headers, body } = await app.user().get('/docs');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(body).toContain('/api/proposals/{id}/decision');
    expect(body).not.toMatch(/<script|\son\w+=|https?:\/\/|<link|<img/i);
  });
});

interface Operation {
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
}
