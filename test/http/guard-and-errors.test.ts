import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toProblem } from '../../src/http/to-problem.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const NOW = new Date('2026-03-01T10:00:00.000Z');

describe('the single-user guard', () => {
  const ask = async (headers: Record<string, string>, method = 'GET', path = '/api/missions') => {
    const response = await app
      .variant({ guard: 'single-user' })
      .request(path, { method, headers: { 'X-Test-User': 'me', ...headers } });
    return { status: response.status, code: ((await response.json()) as { code?: string }).code };
  };

  it.each(['localhost', 'localhost:3067', 'LOCALHOST:3067', '127.0.0.1', '127.0.0.1:80', '[::1]:3067', '[::1]'])(
    'lets Host %s in',
    async (host) => {
      expect((await ask({ Host: host })).status).toBe(200);
      expect((await ask({ Host: host, Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200);
    },
  );

  it.each([
    'evil.example',
    'evil.example:3067',
    'localhost.evil.example',
    '127.0.0.1.nip.io:3067',
    '127.0.0.2',
    '0.0.0.0:3067',
    'localhost:3067@evil',
    '192.168.1.5',
    '',
    'localhost:',
  ])('keeps Host %s out, everywhere', async (host) => {
    for (const path of ['/api/missions', '/health', '/docs', '/none']) {
      expect(await ask({ Host: host }, 'GET', path)).toEqual({ status: 403, code: 'host_not_allowed' });
    }
  });

  it.each([
    { Origin: 'http://evil.example' },
    { Origin: 'http://localhost:3068' },
    { Origin: 'http://127.0.0.1:3067' },
    { Origin: 'null' },
    { Origin: 'file://' },
    { Origin: 'chrome-extension://localhost:3067' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { Origin: 'http://localhost:3067', 'Sec-Fetch-Site': 'cross-site' },
  ] as Record<string, string>[])('keeps %j out', async (headers) => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      expect(await ask({ Host: 'localhost:3067', ...headers }, method)).toEqual({ status: 403, code: 'cross_origin' });
    }
  });

  it('lets programs and the person’s own address bar in', async () => {
    for (const headers of [{}, { 'Sec-Fetch-Site': 'none' }]) {
      expect((await ask({ Host: 'localhost:3067', ...headers } as Record<string, string>)).status).toBe(200);
    }
    expect((await ask({ Host: 'localhost', Origin: 'http://localhost:80' })).status).toBe(200);
  });
});

describe('what goes wrong on our side', () => {
  const failing = (error: unknown) =>
    app.user(app.variant({ db: { ...app.db, transaction: () => Promise.reject(error) } }));

  it('is a 500 with the request id, and no word of the error', async () => {
    const secret = Object.assign(new Error('relation "secret_table" of ana does not exist'), {
      code: '42P01',
      routine: 'parserOpenTable',
    });
    app.logged.length = 0;
    const { status, headers, body } = await failing(secret).get('/api/missions');
    expect(status).toBe(500);
    expect(body).toMatchObject({ code: 'internal', requestId: headers.get('x-request-id') });
    expect(JSON.stringify(body)).not.toContain('secret_table');
    const logged = JSON.parse(app.logged.find((line) => line.includes('"level":50')) ?? '{}');
    expect(logged).toMatchObject({
      requestId: body.requestId,
      route: '/api/missions',
      failure: { type: 'Error', code: '42P01' },
    });
    expect(logged.failure.at[0]).toMatch(/^at /);
    expect(app.logged.join('')).not.toContain('secret_table');
  });

  it('logs the words and the cause of an error that quotes nobody', async () => {
    app.logged.length = 0;
    await failing(new Error('outer', { cause: new TypeError('inner') })).get('/api/missions');
    expect(app.logged.join('')).toContain('"message":"outer"');
    expect(app.logged.join('')).toContain('"message":"inner"');
    app.logged.length = 0;
    await failing(new SyntaxError('Unexpected token in "dear diary"')).get('/api/missions');
    expect(app.logged.join('')).not.toContain('dear diary');
  });

  it.each([
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
    new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]),
    new Error('wrapped', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) }),
    new Error('timeout exceeded when trying to connect'),
    new Error('Connection terminated unexpectedly'),
    new Error('Query read timeout'),
    new Error('PGlite is closed'),
    Object.assign(new Error('terminating connection'), { code: '57P01' }),
    Object.assign(new Error('too many clients'), { code: '53300' }),
    Object.assign(new Error('read-only transaction'), { code: '25006' }),
    Object.assign(new Error('deadlock detected'), { code: '40P01' }),
  ])('%s is a 503', async (error) => {
    const { status, headers, body } = await failing(error).get('/api/missions');
    expect({ status, code: body.code }).toEqual({ status: 503, code: 'database_unavailable' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  const full = 'could not extend file: No space left on device';
  it.each([
    Object.assign(new Error('could not extend file'), { code: '53100' }),
    Object.assign(new Error(full), { code: '58030' }),
    Object.assign(new Error('could not write: Disk quota exceeded'), { code: 'XX000' }),
    new Error('wrapped', { cause: Object.assign(new Error('write'), { code: 'ENOSPC' }) }),
  ])('%s is a 507 for whoever writes, and a 503 for whoever reads', async (error) => {
    const written = await failing(error).post('/api/missions', { title: 'T', objective: 'O' });
    expect(written).toMatchObject({
      status: 507,
      body: { code: 'disk_full', title: 'Insufficient Storage', requestId: expect.any(String) },
    });
    expect(Number(written.headers.get('retry-after'))).toBeGreaterThan(0);
    const read = await failing(error).get('/api/missions');
    expect({ status: read.status, code: read.body.code }).toEqual({ status: 503, code: 'database_unavailable' });
  });

  it('takes words for a full disk only where the database says that a file failed', () => {
    expect(toProblem(Object.assign(new Error(full), { code: '22P02' }), NOW).code).toBe('internal');
  });

  it('takes over what the log refuses, with its code and field', () => {
    const refusal = (constraint: string) =>
      Object.assign(new Error('field: words'), { code: 'PM001', constraint, column: 'field' });
    const errors = [{ path: 'field', message: 'field: words' }];
    expect(toProblem(refusal('value_too_long'), NOW).toJSON()).toMatchObject({
      status: 400,
      code: 'value_too_long',
      errors,
    });
    expect(toProblem(refusal('event_id_reused'), NOW).toJSON()).toMatchObject({
      status: 422,
      code: 'event_id_reused',
      errors,
    });
    expect(toProblem(refusal('time_in_future'), NOW).toJSON()).toMatchObject({
      status: 400,
      code: 'time_in_future',
      serverTime: NOW.toISOString(),
    });
    expect(toProblem(refusal('from_a_newer_schema'), NOW).toJSON()).toMatchObject({
      status: 400,
      code: 'invalid_data',
      errors,
    });
    expect(toProblem(refusal('constructor'), NOW).code).toBe('invalid_data');
    for (const code of ['22P05', '22021']) {
      expect(toProblem(Object.assign(new Error('x'), { code }), NOW).code).toBe('bad_text');
    }
    for (const odd of [undefined, null, 'text', 5, {}]) expect(toProblem(odd, NOW).code).toBe('internal');
  });

  it('takes over a refusal that the real log makes', async () => {
    const response = await app.variant({ authenticate: async () => 'x'.repeat(201) }).request('/api/missions', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ title: 'T', objective: 'O' }),
    });
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 400,
      body: { code: 'value_too_long', errors: [{ path: 'user_id' }] },
    });
  });
});
