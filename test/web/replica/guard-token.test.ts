import { expect, test } from 'vitest';
import { guardToken, subjectOf } from '../../../src/web/replica/guard-token.ts';

const jwt = (payload: unknown) => `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.signature`;

test('a token says whose it is', () => {
  expect(subjectOf(jwt({ sub: 'jürgen~?' }))).toBe('jürgen~?');
  for (const other of ['', 'opaque', 'a.b.c', jwt({}), jwt({ sub: 5 }), jwt(null)]) expect(subjectOf(other)).toBeNull();
});

test('that of the person goes through, renewed or not, and so does one that says nothing', async () => {
  const tokens = [jwt({ sub: 'me', exp: 1 }), jwt({ sub: 'me', exp: 2 }), 'opaque'];
  const guarded = guardToken(() => tokens.shift() ?? '', 'me');
  expect([await guarded(), await guarded(), await guarded()]).toEqual([
    jwt({ sub: 'me', exp: 1 }),
    jwt({ sub: 'me', exp: 2 }),
    'opaque',
  ]);
});

test('that of another person does not; one that cannot be had is no connection', async () => {
  await expect(guardToken(() => jwt({ sub: 'you' }), 'me')()).rejects.toMatchObject({ status: 401 });
  const failing = guardToken(() => Promise.reject(new Error('no network')), 'me');
  await expect(failing()).rejects.toMatchObject({ code: 'connection_failed', cause: new Error('no network') });
});
