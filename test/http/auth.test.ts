// Users by token, through the whole app: what is answered, who sees what, and what is logged.
import { sql } from 'drizzle-orm';
import { errors, SignJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../src/auth/create-authenticator.ts';
import { withUser } from '../../src/database/database.ts';
import type { App } from '../../src/http/app.ts';
import { createRateLimit } from '../../src/http/rate-limit.ts';
import { type Issuer, type IssuerKey, startIssuer } from '../auth/jwks-server.ts';
import { SERVICE_KEY, startTestApp, type TestApp } from '../support/app.ts';
import { fakeClock } from '../support/fake-clock.ts';

const CANARY = 'canary-51c0';
const clock = fakeClock();

let issuer: Issuer;
let key: IssuerKey;
let test: TestApp;
let app: App;
beforeAll(async () => {
  issuer = await startIssuer();
  key = await issuer.publish('ES256', 'key-1');
  test = await startTestApp();
  app = test.variant({ authenticate: authenticator() });
});
afterAll(async () => {
  await test.close();
  await issuer.close();
});

function authenticator(settings: { AUTH_AUDIENCE?: string } = {}) {
  const config = { AUTH_JWKS_URL: issuer.url, AUTH_JWT_SECRET: undefined, AUTH_ISSUER: undefined };
  return createAuthenticator(
    { ...config, AUTH_AUDIENCE: undefined, ...settings },
    { clock, log: pino({ level: 'silent' }) },
  );
}

const inSeconds = (seconds: number) => Math.floor(clock.now().getTime() / 1_000) + seconds;
const tokenOf = (sub: string, claims: object = {}) => key.sign({ sub, exp: inSeconds(300), ...claims });

async function ask(on: App, token: string | null, path = '/api/missions', init: RequestInit & { body?: string } = {}) {
  const headers = new Headers(init.headers);
  if (token !== null) headers.set('Authorization', `Bearer ${token}`);
  if (init.body !== undefined) headers.set('Content-Type', 'application/json');
  const response = await on.request(path, { ...init, headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text && JSON.parse(text) };
}

describe('a token', () => {
  it('says whose request it is', async () => {
    const token = await tokenOf('ana');
    const created = await ask(app, token, '/api/missions', {
      method: 'POST',
      body: JSON.stringify({ title: 'Of Ana', objective: 'O' }),
    });
    expect(created.status).toBe(201);
    expect((await ask(app, token)).text).toContain('Of Ana');
    expect((await ask(app, await tokenOf('ben'))).body.missions).toEqual([]);
    expect((await ask(app, await tokenOf('ANA'))).body.missions).toEqual([]);
  });

  it('that is missing or wrong is a 401 that says what is wrong and how to ask', async () => {
    const missing = await ask(app, null);
    expect(missing).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(missing.headers.get('www-authenticate')).toBe('Bearer');
    expect(missing.headers.get('content-type')).toBe('application/problem+json');

    const audience = test.variant({ authenticate: authenticator({ AUTH_AUDIENCE: 'missions' }) });
    for (const [on, token, words] of [
      [app, await tokenOf('ana', { exp: inSeconds(-61) }), /expired/],
      [app, await tokenOf('ana', { nbf: inSeconds(61) }), /not valid yet/],
      [audience, await tokenOf('ana', { aud: 'other' }), /aud/],
      [app, await (await issuer.makeKey('ES256', 'key-1')).sign({ sub: 'ana', exp: inSeconds(9) }), /signature/],
      [app, 'garbage', /not a JWT/],
    ] as const) {
      const wrong = await ask(on, token);
      expect(wrong).toMatchObject({
        status: 401,
        body: { code: 'unauthenticated', title: 'Unauthorized', detail: expect.stringMatching(words) },
      });
      expect(wrong.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
      expect(wrong.text).not.toContain(token);
    }
  });

  it('ends while the client goes on', async () => {
    const token = await tokenOf('ana');
    expect((await ask(app, token)).status).toBe(200);
    clock.advance(300_000 + 59_000);
    expect((await ask(app, token)).status).toBe(200);
    clock.advance(2_000);
    expect((await ask(app, token)).status).toBe(401);
  });

  it('that nobody can check now is a 503, and the log says why', async () => {
    const away = await startIssuer();
    await away.close();
    const log = {
      AUTH_JWKS_URL: away.url,
      AUTH_JWT_SECRET: undefined,
      AUTH_ISSUER: undefined,
      AUTH_AUDIENCE: undefined,
    };
    const cut = test.variant({ authenticate: createAuthenticator(log, { clock, log: pino({ level: 'silent' }) }) });
    test.logged.length = 0;
    const token = await tokenOf('ana');
    const answer = await ask(cut, token);
    expect(answer).toMatchObject({ status: 503, body: { code: 'auth_unavailable' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.headers.get('www-authenticate')).toBeNull();
    expect(test.logged.join('')).toContain('ECONNREFUSED');
    expect((await ask(cut, null)).status).toBe(401);
    expect((await ask(cut, null, '/health')).status).toBe(200);
  });

  it('is in no line of the log', async () => {
    test.logged.length = 0;
    const good = await tokenOf(`${CANARY}-sub`);
    const expired = await tokenOf(`${CANARY}-sub`, { exp: 1 });
    const withSecret = await new SignJWT({ sub: CANARY })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(CANARY.repeat(4)));
    for (const token of [good, expired, withSecret, CANARY]) await ask(app, token);
    // An error that carries the claims of the token, as jose's do.
    const odd = new errors.JWTInvalid('odd', { cause: { payload: { sub: CANARY } } });
    const failing = test.variant({ authenticate: () => Promise.reject(odd) });
    expect((await ask(failing, good)).status).toBe(500);
    expect(test.logged.length).toBeGreaterThan(5);
    const logged = test.logged.join('');
    for (const secret of [good, expired, withSecret, CANARY]) {
      for (const part of secret.split('.')) expect(logged).not.toContain(part);
    }
  });
});

describe("another user's token", () => {
  /** All that the database holds of a user. */
  const everything = (userId: string) =>
    withUser(test.db, userId, async (tx) => [
      await tx.query(sql`select * from sync_changes order by position`),
      await tx.query(sql`select * from records order by app_id, table_name, record_id`),
      await tx.query(sql`select * from missions order by mission_id`),
    ]);

  const BODIES: Record<string, object> = {
    'post /api/missions': { title: 'B', objective: 'B' },
    'patch /api/missions/{id}': { title: 'B' },
    'post /api/missions/{id}/iterations/{iterationId}/feedback': { feedback: 'B' },
    'post /api/proposals/{id}/decision': { decision: 'approve' },
    'post /api/proposals/decisions': { decisions: [{ id: 'the-mission-1-0', decision: 'approve' }] },
    'put /api/policy': { create_task: 'auto' },
    'post /api/iterations/{id}/undo': {},
    'post /api/proposals/{id}/undo': {},
  };

  const IDS = { missions: 'the-mission', iterations: 'the-mission-1', proposals: 'the-mission-1-0' };

  it('sees and changes nothing of the first, over all routes', async () => {
    const [a, b] = [await tokenOf('first'), await tokenOf('second')];
    const put = (path: string, method: string, body: object) =>
      ask(app, a, path, { method, body: JSON.stringify(body) });
    // What other tests wrote is planned before, so that the plan below is this mission's.
    await test.runner.sweep();
    test.planner.propose({ toolName: 'create_task', params: { title: CANARY } });
    await put('/api/missions', 'POST', { id: 'the-mission', title: CANARY, objective: CANARY });
    await test.runner.sweep();
    await put('/api/records/notes/notes/the-note', 'PUT', { title: CANARY, contentMarkdown: CANARY });
    await put('/api/policy', 'PUT', { create_note: 'deny' });
    const before = await everything('first');
    expect(JSON.stringify(before)).toContain(CANARY);

    const { paths } = (await ask(app, null, '/openapi.json')).body as { paths: Record<string, object> };
    const seenByTheFirst = new Set<string>();
    let asked = 0;
    for (const [pattern, item] of Object.entries(paths).filter(([path]) => path.startsWith('/api/'))) {
      const id =
        Object.entries(IDS).find(([collection]) => pattern.startsWith(`/api/${collection}/`))?.[1] ?? 'the-note';
      const path = pattern
        .replace('{iterationId}', 'the-mission-1')
        .replace('{id}', id)
        .replace('{appId}/{table}', 'notes/notes');
      for (const method of Object.keys(item)) {
        const body = BODIES[`${method} ${pattern}`] ?? { title: 'B', contentMarkdown: 'B' };
        const init = method === 'get' ? {} : { method: method.toUpperCase(), body: JSON.stringify(body) };
        const answer = await ask(app, b, path, init);
        expect({ method, path, leaks: answer.text.includes(CANARY) }).toEqual({ method, path, leaks: false });
        // A wrong request would prove nothing.
        expect({ method, path, status: answer.status }).toEqual({
          method,
          path,
          status: expect.toBeOneOf([200, 201, 202, 204, 404]),
        });
        if (method === 'get' && (await ask(app, a, path)).text.includes(CANARY)) seenByTheFirst.add(pattern);
        asked++;
      }
    }
    expect(asked).toBeGreaterThanOrEqual(18);
    // These hold nothing that the first wrote: who asks, tool names, and the calls of a model that this planner does not ask.
    const withoutContent = ['/api/me', '/api/policy', '/api/missions/{id}/iterations/{iterationId}/calls'];
    expect([...seenByTheFirst].sort()).toEqual(
      Object.entries(paths)
        .filter(([path, item]) => path.startsWith('/api/') && 'get' in item && !withoutContent.includes(path))
        .map(([path]) => path)
        .sort(),
    );
    expect(await everything('first')).toEqual(before);
  });
});

describe('the rate limit', () => {
  const limited = () =>
    test.variant({
      authenticate: authenticator(),
      rateLimit: createRateLimit({ perMinute: 30, burst: 2, clock }),
    });

  it('answers 429 with Retry-After, for each user alone, until time has gone by', async () => {
    const on = limited();
    const [ana, ben] = [await tokenOf('ana'), await tokenOf('ben')];
    expect([(await ask(on, ana)).status, (await ask(on, ana)).status]).toEqual([200, 200]);
    const refused = await ask(on, ana, '/api/missions', { method: 'POST', body: '{' });
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', title: 'Too Many Requests' } });
    expect(refused.headers.get('retry-after')).toBe('2');
    expect((await ask(on, ben)).status).toBe(200);
    clock.advance(2_000);
    expect([(await ask(on, ana)).status, (await ask(on, ana)).status]).toEqual([200, 429]);
  });

  it('counts neither wrong tokens, nor health, nor the tick', async () => {
    const on = limited();
    const forged = await (await issuer.makeKey('ES256', 'key-1')).sign({ sub: 'ana', exp: inSeconds(300) });
    for (let i = 0; i < 5; i++) {
      expect((await ask(on, forged)).status).toBe(401);
      expect((await ask(on, null, '/health')).status).toBe(200);
      const headers = { 'X-Service-Key': SERVICE_KEY };
      expect((await ask(on, null, '/internal/tick', { method: 'POST', headers })).status).toBe(200);
    }
    expect((await ask(on, await tokenOf('ana'))).status).toBe(200);
  });
});

describe('pages of other origins', () => {
  const ORIGIN = 'https://app.example';
  const open = () => test.variant({ authenticate: authenticator(), corsOrigins: [ORIGIN, 'http://localhost:5173'] });
  const preflight = (on: App, origin: string) =>
    on.request('/api/missions/x', {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'PATCH',
        'Access-Control-Request-Headers': 'authorization,content-type',
      },
    });

  it('are let in when they are listed', async () => {
    const asked = await preflight(open(), ORIGIN);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(asked.headers.get('access-control-allow-methods')?.split(',')).toContain('PATCH');
    expect(asked.headers.get('access-control-allow-headers')).toBe(
      'Authorization,Content-Type,X-Client-Id,Last-Event-ID',
    );
    expect(asked.headers.get('access-control-max-age')).toBe('600');

    const token = await tokenOf('ana');
    for (const [given, path, status] of [
      [token, '/api/missions', 200],
      [null, '/api/missions', 401],
      [token, '/api/missions/none', 404],
      [token, '/none', 404],
    ] as const) {
      const answer = await ask(open(), given, path, { headers: { Origin: ORIGIN } });
      expect(answer.status).toBe(status);
      expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(answer.headers.get('access-control-expose-headers')).toBe('X-Request-Id,Retry-After');
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      expect(answer.headers.get('vary')).toContain('Origin');
    }
  });

  it.each([
    'https://evil.example',
    'https://app.example.evil.example',
    'http://app.example',
    'https://APP.example',
    'null',
  ])('are not told anything when they are not: %s', async (origin) => {
    expect((await preflight(open(), origin)).headers.get('access-control-allow-origin')).toBeNull();
    const answer = await ask(open(), await tokenOf('ana'), '/api/missions', { headers: { Origin: origin } });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('are never let in when none is listed', async () => {
    const asked = await preflight(app, ORIGIN);
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
    expect(asked.status).toBe(405);
  });
});
