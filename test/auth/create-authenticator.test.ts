import { createHmac } from 'node:crypto';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { createAuthenticator, type TokenConfig } from '../../src/auth/create-authenticator.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { type Issuer, type IssuerKey, startIssuer } from './jwks-server.ts';

const SECRET = 'a shared secret of thirty-two bytes and more';
const clock = fakeClock(new Date('2026-03-01T10:00:00.000Z'));
const NOW = clock.now().getTime() / 1_000;
const silent = pino({ level: 'silent' });

function authenticate(config: Partial<TokenConfig>, authorization: string | null) {
  return authenticatorFor(config)(requestWith(authorization));
}

function authenticatorFor(config: Partial<TokenConfig>) {
  const none = {
    AUTH_JWKS_URL: undefined,
    AUTH_JWT_SECRET: undefined,
    AUTH_ISSUER: undefined,
    AUTH_AUDIENCE: undefined,
  };
  return createAuthenticator({ ...none, ...config }, { clock, log: silent });
}

function requestWith(authorization: string | null): Request {
  return new Request('http://here/api', { headers: authorization === null ? {} : { authorization } });
}

/** A token of the secret; its claims as they are given, even where no library would write them. */
function signed(claims: unknown, header: Record<string, unknown> = { alg: 'HS256' }, secret: string = SECRET): string {
  const encode = (value: unknown) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const input = `${encode(header)}.${encode(claims)}`;
  const hash = `sha${String(header.alg).slice(2)}`;
  const signature = /^HS/.test(String(header.alg)) ? createHmac(hash, secret).update(input).digest('base64url') : '';
  return `${input}.${signature}`;
}

const invalid = (words: RegExp) => ({ reason: 'invalid_token', detail: expect.stringMatching(words) });

describe('with a shared secret', () => {
  const good = { sub: 'ana', exp: NOW + 300 };
  const ask = (authorization: string | null, config: Partial<TokenConfig> = {}) =>
    authenticate({ AUTH_JWT_SECRET: SECRET, ...config }, authorization);

  it.each(['HS256', 'HS384', 'HS512'])('takes %s', async (alg) => {
    expect(await ask(`Bearer ${signed(good, { alg })}`)).toBe('ana');
  });

  it('takes what jose writes', async () => {
    const token = await new SignJWT({ sub: 'ana', exp: NOW + 300 })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(new TextEncoder().encode(SECRET));
    expect(await ask(`Bearer ${token}`)).toBe('ana');
  });

  it.each(['bearer', 'BEARER', 'Bearer  '])('takes the scheme as %j', async (scheme) => {
    expect(await ask(`${scheme} ${signed(good)}`)).toBe('ana');
  });

  it.each([null, '', 'Basic YW5hOnB3', 'Bearerx abc', signed({ sub: 'ana', exp: NOW + 300 })])(
    'finds no token in %j',
    async (header) => {
      expect(await ask(header)).toBeNull();
    },
  );

  it.each([
    'Bearer',
    'Bearer ',
    `Bearer ${signed(good)} ${signed(good)}`,
    `Bearer ${signed(good)}, Bearer ${signed(good)}`,
    `Bearer "${signed(good)}"`,
    'Bearer tökén',
  ])('wants exactly one token: %#', async (header) => {
    expect(await ask(header)).toEqual(invalid(/exactly one token/));
  });

  it('sees both of two headers', async () => {
    const request = requestWith(`Bearer ${signed(good)}`);
    request.headers.append('authorization', `Bearer ${signed({ ...good, sub: 'ben' })}`);
    expect(await authenticatorFor({ AUTH_JWT_SECRET: SECRET })(request)).toEqual(invalid(/exactly one token/));
  });

  it.each([
    'x',
    'a.b',
    'a.b.c',
    'a.b.c.d.e',
    '..',
    `${'A'.repeat(50_000)}.${'A'.repeat(50_000)}.A`,
    signed('not json'),
    signed('[1]'),
    signed('"text"'),
    signed('null'),
    signed(good, { alg: 'HS256' }).slice(0, -3),
  ])('refuses garbage: %#', async (token) => {
    expect(await ask(`Bearer ${token}`)).toEqual(invalid(/not a JWT|signature/));
  });

  it.each([
    [signed(good, { alg: 'none' }), /algorithm/],
    [signed(good, { alg: 'None' }), /algorithm/],
    [signed(good, { alg: 'hs256' }), /algorithm/],
    [signed(good, { alg: 'RS256' }), /algorithm/],
    [signed(good, {}), /not a JWT/],
    [signed(good, { alg: ['HS256'] }), /not a JWT/],
    [signed(good, { alg: 'HS256', crit: ['exp'], exp: 1 }), /extension/],
    [signed(good, { alg: 'HS256', crit: ['b64'], b64: false }), /not a JWT|signature/],
    [signed(good, { alg: 'HS256' }, `${SECRET}!`), /signature/],
  ])('refuses a header or signature that is wrong: %#', async (token, words) => {
    expect(await ask(`Bearer ${token}`)).toEqual(invalid(words));
  });

  it.each([
    [{ exp: NOW + 1 }, 'ana'],
    [{ exp: NOW - 59 }, 'ana'],
    [{ exp: NOW - 60 }, invalid(/expired/)],
    [{ exp: NOW - 3_600 }, invalid(/expired/)],
    [{ exp: undefined }, invalid(/no exp/)],
    [{ exp: null }, invalid(/exp .*not a number/)],
    [{ exp: String(NOW + 300) }, invalid(/exp .*not a number/)],
    [{ nbf: NOW + 60 }, 'ana'],
    [{ nbf: NOW + 61 }, invalid(/not valid yet/)],
    [{ nbf: 'soon' }, invalid(/nbf .*not a number/)],
  ])('goes by exp and nbf, with a minute of leeway: %j', async (claims, outcome) => {
    expect(await ask(`Bearer ${signed({ ...good, ...claims })}`)).toEqual(outcome);
  });

  it.each([
    ['a', 'a'],
    ['x'.repeat(200), 'x'.repeat(200)],
    ['auth0|5f7c8ec7c33c6c004bbafe82', 'auth0|5f7c8ec7c33c6c004bbafe82'],
    ['zoë 🙂', 'zoë 🙂'],
    ['__proto__', '__proto__'],
    [undefined, invalid(/no sub/)],
    ['', invalid(/sub .*empty/)],
    ['x'.repeat(201), invalid(/more than 200/)],
    ['a\u0000b', invalid(/control/)],
    ['a\nb', invalid(/control/)],
    ['a\u007f', invalid(/control/)],
    ['a\u0085', invalid(/control/)],
    ['a\ud800', invalid(/broken/)],
    [null, invalid(/sub .*not a text/)],
    [5, invalid(/sub .*not a text/)],
    [['ana'], invalid(/sub .*not a text/)],
    [{ toString: 'ana' }, invalid(/sub .*not a text/)],
  ])('takes sub %j as the user or says why not', async (sub, outcome) => {
    expect(await ask(`Bearer ${signed({ ...good, sub })}`)).toEqual(outcome);
  });

  it('checks issuer and audience where they are set, and only there', async () => {
    const both = { AUTH_ISSUER: 'https://login.example', AUTH_AUDIENCE: 'missions' };
    const claims = { iss: 'https://login.example', aud: 'missions' };
    const outcome = (more: object, config: Partial<TokenConfig> = both) =>
      ask(`Bearer ${signed({ ...good, ...claims, ...more })}`, config);
    expect(await outcome({})).toBe('ana');
    expect(await outcome({ aud: ['other', 'missions'] })).toBe('ana');
    expect(await outcome({ iss: 'https://login.example/' })).toEqual(invalid(/iss .*expected/));
    expect(await outcome({ iss: undefined })).toEqual(invalid(/no iss/));
    expect(await outcome({ iss: ['https://login.example'] })).toEqual(invalid(/iss .*expected/));
    expect(await outcome({ aud: 'other' })).toEqual(invalid(/aud .*expected/));
    expect(await outcome({ aud: ['other'] })).toEqual(invalid(/aud .*expected/));
    expect(await outcome({ aud: [] })).toEqual(invalid(/aud .*expected/));
    expect(await outcome({ aud: [['missions']] })).toEqual(invalid(/aud .*expected/));
    expect(await outcome({ aud: undefined })).toEqual(invalid(/no aud/));
    expect(await outcome({ iss: 'any', aud: 'any' }, {})).toBe('ana');
    expect(await outcome({ aud: 'any' }, { AUTH_ISSUER: 'https://login.example' })).toBe('ana');
  });

  it('quotes nothing of a token', async () => {
    const claims = { sub: 'canary\n', iss: 'canary', aud: 'canary', exp: NOW - 3_600, nbf: 'canary' };
    for (const token of [
      signed(claims),
      signed({ ...claims, nbf: 0 }),
      signed({ ...claims, nbf: 0, exp: NOW + 9 }),
      signed(claims, { alg: 'canary' }),
      'canary.canary.canary',
    ]) {
      expect(JSON.stringify(await ask(`Bearer ${token}`))).not.toContain('canary');
      expect(JSON.stringify(await ask(`Bearer ${token}`, { AUTH_ISSUER: 'x' }))).not.toContain('canary');
    }
  });
});

describe('with the published keys of an issuer', () => {
  let issuer: Issuer;
  let rsa: IssuerKey;
  beforeAll(async () => {
    issuer = await startIssuer();
    rsa = await issuer.publish('RS256', 'rsa');
  });
  afterAll(() => issuer.close());

  const good = { sub: 'ana', exp: NOW + 300 };
  const ask = (token: string) => authenticate({ AUTH_JWKS_URL: issuer.url }, `Bearer ${token}`);

  it.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
    'takes %s',
    async (algorithm) => {
      const key = await issuer.publish(algorithm, `key of ${algorithm}`);
      expect(await ask(await key.sign(good))).toBe('ana');
      const forged = await issuer.makeKey(algorithm, `key of ${algorithm}`);
      expect(await ask(await forged.sign(good))).toEqual(invalid(/signature/));
    },
  );

  it('never takes a public key for a secret', async () => {
    for (const secret of [rsa.pem, rsa.pem.trim(), JSON.stringify(rsa.jwk), rsa.jwk.n ?? '']) {
      expect(await ask(signed(good, { alg: 'HS256', kid: 'rsa' }, secret))).toEqual(invalid(/algorithm/));
    }
  });

  it('never takes a published secret, or no algorithm', async () => {
    const own = await startIssuer();
    own.keys = [{ kty: 'oct', k: Buffer.from(SECRET).toString('base64url'), kid: 'oct' }];
    const config = { AUTH_JWKS_URL: own.url };
    expect(await authenticate(config, `Bearer ${signed(good, { alg: 'HS256', kid: 'oct' })}`)).toEqual(
      invalid(/algorithm/),
    );
    expect(await authenticate(config, `Bearer ${signed(good, { alg: 'none' })}`)).toEqual(invalid(/algorithm/));
    expect(own.requests).toBe(0);
    await own.close();
  });

  it('never takes a key that the token itself brings', async () => {
    const own = await issuer.makeKey('ES256', 'mine');
    const [, payload, signature] = (await own.sign(good)).split('.');
    const header = { alg: 'ES256', jwk: own.jwk, jku: issuer.url, kid: 'mine' };
    const token = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`;
    expect(await ask(token)).toEqual(invalid(/does not publish/));
  });

  it('takes each key for its own algorithm and name only', async () => {
    const other = await issuer.makeKey('PS256', 'rsa');
    expect(await ask(await other.sign(good))).toEqual(invalid(/does not publish/));
    expect(await ask(await rsa.sign(good, { kid: 'none such' }))).toEqual(invalid(/does not publish/));
  });

  it('needs no kid where one key fits, and asks for it where several do', async () => {
    const own = await startIssuer();
    const key = await own.publish('ES256');
    const authenticator = () => authenticatorFor({ AUTH_JWKS_URL: own.url });
    const request = requestWith(`Bearer ${await key.sign(good)}`);
    expect(await authenticator()(request)).toBe('ana');
    await own.publish('ES256');
    expect(await authenticator()(request)).toEqual(invalid(/kid/));
    await own.close();
  });
});

test('without a key there is no authenticator', () => {
  expect(() => authenticatorFor({})).toThrow(/AUTH_JWKS_URL/);
});
