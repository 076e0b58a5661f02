import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES } from '../../src/core/log/bounds.ts';
import { withUser } from '../../src/database/database.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const JSON_TYPE = { 'Content-Type': 'application/json' };
const nested = (depth: number) =>
  `{"title":"t","objective":"o","deep":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

/** Every operation that takes a body. */
const DOORS: [method: string, path: string][] = [
  ['POST', '/api/missions'],
  ['PATCH', '/api/missions/m1'],
  ['POST', '/api/missions/m1/iterations/m1-1/feedback'],
  ['POST', '/api/proposals/m1-1-0/decision'],
  ['POST', '/api/iterations/m1-1/undo'],
  ['POST', '/api/proposals/m1-1-0/undo'],
  ['POST', '/api/proposals/decisions'],
  ['PUT', '/api/records/todo/tasks/t1'],
  ['PATCH', '/api/records/todo/tasks/t1'],
  ['PUT', '/api/policy'],
  ['POST', '/sync/todo'],
];

const BODIES: [
  what: string,
  body: string | Uint8Array<ArrayBuffer>,
  status: number,
  code: string,
  path: string | null,
][] = [
  ['malformed JSON', '{"title": "x"', 400, 'malformed_json', ''],
  ['no body', '', 400, 'malformed_json', ''],
  ['a NUL character', '{"title":"a\\u0000b"}', 400, 'bad_text', 'title'],
  ['a NUL character in a name', '{"a\\u0000b":1}', 400, 'bad_text', ''],
  ['a lone surrogate', '{"objective":"\\ud800"}', 400, 'bad_text', 'objective'],
  ['33 levels', nested(33), 400, 'too_deep', ''],
  ['7,000 levels', nested(7_000), 400, 'too_deep', ''],
  ['a number beyond double', '{"title":1e400}', 400, 'bad_number', 'title'],
  ['a number that loses a digit', '{"x":{"n":9007199254740993}}', 400, 'bad_number', 'x.n'],
  ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'bad_text', null],
  ['more than 10 MB', `"${'x'.repeat(MAX_BODY_BYTES)}"`, 413, 'body_too_large', null],
];

it('every operation that takes a body is among the doors', async () => {
  const { paths } = (await app.user().get('/openapi.json')).body;
  const described = Object.entries<Record<string, { requestBody?: object }>>(paths).flatMap(([pattern, operations]) =>
    Object.entries(operations).flatMap(([method, { requestBody }]) =>
      requestBody ? [`${method.toUpperCase()} ${pattern}`] : [],
    ),
  );
  const matches = (door: string, pattern: string) =>
    new RegExp(`^${pattern.replaceAll(/\{.+?\}/g, '[^/]+')}$`).test(door);
  const doors = DOORS.map((door) => door.join(' '));
  expect(described.filter((pattern) => !doors.some((door) => matches(door, pattern)))).toEqual([]);
  expect(doors.filter((door) => !described.some((pattern) => matches(door, pattern)))).toEqual([]);
});

describe('a bad body', () => {
  it.each(BODIES)('%s is refused at every door, and nothing is written', async (_, body, status, code, path) => {
    const user = app.user();
    for (const [method, door] of DOORS) {
      const answer = await user.send(method, door, { body, headers: JSON_TYPE });
      expect({ door, status: answer.status, code: answer.body.code }).toEqual({ door, status, code });
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      if (path !== null) expect(answer.body.errors).toMatchObject([{ path }]);
    }
    const written = await withUser(app.db, user.id, (tx) => tx.query(sql`select * from sync_changes`));
    expect(written).toEqual([]);
  });

  it.each([
    {},
    { 'Content-Type': 'text/plain' },
    { 'Content-Type': 'application/x-www-form-urlencoded' },
    { 'Content-Type': 'application/json; charset=latin1' },
    { 'Content-Type': 'application/jsonp' },
    { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
  ] as Record<string, string>[])('sent with %j is refused', async (headers) => {
    const user = app.user();
    for (const [method, door] of DOORS) {
      const answer = await user.send(method, door, { body: new TextEncoder().encode('{}'), headers });
      expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    }
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON;charset="UTF-8"'])(
    'sent as %s is read',
    async (type) => {
      const body = '\ufeff{"title":"t","objective":"ö"}';
      const answer = await app.user().send('POST', '/api/missions', { body, headers: { 'Content-Type': type } });
      expect(answer).toMatchObject({ status: 201, body: { objective: 'ö' } });
    },
  );

  it('is counted as it comes in, and not read on when it is too long', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1_000_000;
        controller.enqueue(new Uint8Array(1_000_000).fill(0x20));
      },
    });
    const init = { body: endless, headers: JSON_TYPE, duplex: 'half' } as RequestInit;
    const answer = await app.user().send('POST', '/api/missions', init);
    expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
    expect(sent).toBeLessThan(2 * MAX_BODY_BYTES);
  });

  it('is not read at all when its length says enough', async () => {
    let pulled = 0;
    const body = new ReadableStream({ pull: () => void pulled++ }, { highWaterMark: 0 });
    const headers = { ...JSON_TYPE, 'Content-Length': String(MAX_BODY_BYTES + 1) };
    const answer = await app.user().send('POST', '/api/missions', { body, headers, duplex: 'half' } as RequestInit);
    expect({ status: answer.status, pulled }).toEqual({ status: 413, pulled: 0 });
  });

  it('that breaks off is refused', async () => {
    const broken = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"title":'));
        controller.error(new Error('connection reset'));
      },
    });
    const init = { body: broken, headers: JSON_TYPE, duplex: 'half' } as RequestInit;
    expect(await app.user().send('POST', '/api/missions', init)).toMatchObject({
      status: 400,
      body: { code: 'body_incomplete' },
    });
  });
});

describe('a bad path', () => {
  it.each([
    ['GET', `/api/missions/${'x'.repeat(256)}`],
    ['GET', '/api/missions/a%00b'],
    ['DELETE', '/api/missions/a%0Ab'],
    ['POST', `/api/missions/${'x'.repeat(256)}/run`],
    ['GET', '/api/proposals/a%00b'],
    ['GET', '/api/records/todo/tasks/a%00b'],
    ['GET', '/api/records/to.do/tasks'],
    ['DELETE', `/api/records/${'x'.repeat(201)}/tasks/t1`],
    ['GET', '/sync/to.do/pull'],
    ['GET', '/sync/a%00b/pull'],
    ['GET', `/sync/${'x'.repeat(201)}/stream`],
  ])('%s %s is refused with the name of the parameter', async (method, path) => {
    const { status, body } = await app.user().send(method, path, {});
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
    expect(['id', 'appId']).toContain(body.errors[0].path);
  });

  it('that is no valid UTF-8 finds nothing', async () => {
    expect((await app.user().get('/api/missions/%ff%fe')).status).toBe(404);
    expect((await app.user().get('/api/missions/%')).status).toBe(404);
  });
});

describe('a bad query', () => {
  const CURSORS = [
    '%00',
    '%ff',
    '-1',
    'yesterday',
    '0123456789.1e3',
    `0123456789.${'9'.repeat(20)}`,
    'x'.repeat(9_000),
  ];
  const LIMITS = ['0', '5001', '-1', '1e3', '', '%00', '%E2%91%A0', '9'.repeat(400)];
  const NAMES = ['', '%00', 'a%20b', 'a.b', '..%2F', '%F0%9F%98%80', 'x'.repeat(201)];
  const IDS = ['', '%00', 'a%0Ab', 'x'.repeat(256)];

  it.each([
    ['/sync/pull?since=', 'since', 'invalid_cursor', CURSORS],
    ['/sync/todo/pull?since=', 'since', 'invalid_cursor', CURSORS],
    ['/sync/stream?since=', 'since', 'invalid_cursor', CURSORS],
    ['/sync/todo/stream?since=', 'since', 'invalid_cursor', CURSORS],
    ['/sync/pull?limit=', 'limit', 'invalid_request', LIMITS],
    ['/sync/todo/pull?limit=', 'limit', 'invalid_request', LIMITS],
    ['/sync/todo/stream?limit=', 'limit', 'invalid_request', ['10']],
    ['/sync/pull?apps=todo,', 'apps.1', 'invalid_request', NAMES],
    ['/sync/stream?apps=todo,', 'apps.1', 'invalid_request', NAMES],
    ['/sync/todo/pull?collection=', 'collection', 'invalid_request', NAMES],
    ['/sync/todo/pull?colection=', 'colection', 'invalid_request', ['tasks']],
    ['/sync/todo/stream?collections=tasks,', 'collections.1', 'invalid_request', NAMES],
    ['/sync/todo/stream?clientId=', 'clientId', 'invalid_request', ['', 'server', 'a%20b', '%00', '%C3%A9']],
    ['/api/missions?limit=', 'limit', 'invalid_request', LIMITS],
    ['/api/missions?before=', 'before', 'invalid_request', CURSORS],
    ['/api/proposals?module=', 'module', 'invalid_request', IDS],
    ['/api/proposals?missionId=', 'missionId', 'invalid_request', IDS],
    ['/api/records/todo/tasks?after=', 'after', 'invalid_request', CURSORS],
  ])('%s is refused with the name of the parameter', async (door, path, code, values) => {
    const user = app.user();
    for (const value of values) {
      const { status, body } = await user.get(`${door}${value}`);
      const refused = { value, status, code: body.code, path: body.errors?.[0].path };
      expect(refused).toEqual({ value, status: 400, code, path });
    }
  });

  it.each(['/sync/pull', '/sync/todo/pull', '/sync/stream', '/sync/todo/stream'])(
    'and so is a bad header of %s',
    async (door) => {
      const user = app.user();
      for (const clientId of ['server', 'a b', 'é', 'x'.repeat(201)]) {
        const refused = await user.send('GET', door, { headers: { 'X-Client-Id': clientId } });
        expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'X-Client-Id' }] } });
      }
    },
  );
});

it('an ugly but honest text goes in and comes out', async () => {
  const user = app.user();
  const title = `'; drop table records; -- "\\ \u202e \u{1f600} <script>`;
  const { body } = await user.post('/api/missions', { title, objective: '$1 \u2028 $x' });
  expect((await user.get(`/api/missions/${body.id}`)).body).toMatchObject({ title, objective: '$1 \u2028 $x' });
});
