// Tokens as an attacker would make them, through the whole service: each is refused with 401 and a documented reason, none
// makes the service ask anybody but its issuer, and nothing of any stands in an answer or in the log.
import { createHmac, createPublicKey } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWTPayload } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthenticator } from '../../src/auth/create-authenticator.ts';
import type { App } from '../../src/http/app.ts';
import { type Issuer, type IssuerKey, startIssuer } from '../auth/jwks-server.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { fakeClock } from '../support/fake-clock.ts';

const CANARY = 'canary-2b7e';
const SECRET = 'a shared secret of thirty-two bytes and more';
const clock = fakeClock();
const now = Math.floor(clock.now().getTime() / 1_000);

let service: TestApp;
let issuer: Issuer;
let rsa: IssuerKey;
/** A server of the attacker's, which publishes the key that the attacker signs with. */
let foreign: Server;
let asked = 0;
let own: IssuerKey;
const apps: Record<'keys' | 'secret', App> = {} as never;

beforeAll(async () => {
  service = await startTestApp();
  issuer = await startIssuer();
  rsa = await issuer.publish('RS256', 'rsa');
  own = await issuer.makeKey('RS256', 'own');
  foreign = createServer((_, response) => {
    asked += 1;
    response.end(JSON.stringify({ keys: [own.jwk] }));
  });
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
  const tools = { clock, log: pino({ level: 'silent' }) };
  const expected = { AUTH_ISSUER: 'https://login.example', AUTH_AUDIENCE: 'missions' };
  apps.keys = service.variant({
    authenticate: createAuthenticator({ AUTH_JWKS_URL: issuer.url, AUTH_JWT_SECRET: undefined, ...expected }, tools),
  });
  apps.secret = service.variant({
    authenticate: createAuthenticator({ AUTH_JWKS_URL: undefined, AUTH_JWT_SECRET: SECRET, ...expected }, tools),
  });
});
afterAll(async () => {
  await new Promise((resolve) => foreign?.close(resolve));
  await issuer?.close();
  await service?.close();
});

const claims = (more: object = {}): JWTPayload => ({
  ...{ sub: `${CANARY}-sub`, iss: 'https://login.example', aud: 'missions', exp: now + 300, nbf: now - 5 },
  ...more,
});
const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
function hmac(header: object, payload: unknown, secret: string | Buffer = SECRET): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}
/** The attacker's own signature under a header of the attacker's making. */
async function byOwnKey(header: object): Promise<string> {
  return own.sign(claims(), header);
}
const foreignUrl = () => `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/${CANARY}`;

/** What is wrong, how it is made, and the reason that is documented for it. */
const CORPUS: [what: string, make: () => string | Promise<string>, reason: RegExp][] = [
  ['alg none', () => `${encode({ alg: 'none' })}.${encode(claims())}.`, /not accepted|not a JWT/],
  ['alg none with a signature', () => hmac({ alg: 'none' }, claims()), /not accepted/],
  ['alg nOnE', () => `${encode({ alg: 'nOnE' })}.${encode(claims())}.x`, /not accepted/],
  [
    'the public key as a secret (PEM)',
    () => hmac({ alg: 'HS256', kid: 'rsa' }, claims(), rsa.pem),
    /not accepted|signature/,
  ],
  [
    'the public key as a secret (DER)',
    () => hmac({ alg: 'HS256' }, claims(), createPublicKey(rsa.pem).export({ type: 'spki', format: 'der' })),
    /not accepted|signature/,
  ],
  [
    'the published key as a secret (JWK)',
    () => hmac({ alg: 'HS256' }, claims(), JSON.stringify(rsa.jwk)),
    /not accepted|signature/,
  ],
  ['the empty secret', () => hmac({ alg: 'HS256' }, claims(), ''), /not accepted|signature/],
  ['a foreign kid', () => byOwnKey({ kid: `${CANARY}-kid` }), /does not publish|not accepted/],
  ['the issuer’s kid on another key', () => byOwnKey({ kid: 'rsa' }), /signature|not accepted/],
  ['a kid that is a path', () => byOwnKey({ kid: `../../../dev/null` }), /does not publish|not accepted/],
  ['a kid that is SQL', () => byOwnKey({ kid: `' or 1=1 --` }), /does not publish|not accepted/],
  ['jku elsewhere', () => byOwnKey({ kid: 'own', jku: foreignUrl() }), /does not publish|not accepted/],
  ['x5u elsewhere', () => byOwnKey({ kid: 'own', x5u: foreignUrl() }), /does not publish|not accepted/],
  ['a key of its own (jwk)', () => byOwnKey({ kid: 'own', jwk: own.jwk }), /does not publish|not accepted/],
  ['a chain of its own (x5c)', () => byOwnKey({ kid: 'own', x5c: [encode(CANARY)] }), /does not publish|not accepted/],
];
/** Claims that are wrong although the right key has signed them. */
const CLAIMS: [what: string, claims: object, reason: RegExp][] = [
  ['expired', { exp: now - 61 }, /expired/],
  ['expired long ago', { exp: 0 }, /expired/],
  ['without an end', { exp: undefined }, /exp/],
  ['ending at a text', { exp: `${now + 300}` }, /exp/],
  ['ending beyond all numbers', { exp: -1e308 }, /expired/],
  ['not valid yet', { nbf: now + 61 }, /not valid yet/],
  ['for another audience', { aud: CANARY }, /aud/],
  ['for an audience that begins alike', { aud: 'missions2' }, /aud/],
  ['for no audience', { aud: undefined }, /aud/],
  ['of another issuer', { iss: `https://${CANARY}.example` }, /iss/],
  ['of the issuer with a slash', { iss: 'https://login.example/' }, /iss/],
  ['of nobody', { sub: undefined }, /sub/],
  ['of the empty user', { sub: '' }, /sub/],
  ['of a user of 10 kB', { sub: CANARY.repeat(1_000) }, /sub/],
  ['of a user with a line break', { sub: `${CANARY}\r\nX-Admin: 1` }, /sub/],
  ['of a user with a NUL', { sub: `${CANARY}\u0000` }, /sub/],
  ['of a user with half a character', { sub: `${CANARY}\ud800` }, /sub/],
  ['of a number', { sub: 7 }, /sub/],
  ['of a list of users', { sub: [`${CANARY}-sub`] }, /sub/],
];

for (const kind of ['keys', 'secret'] as const) {
  describe(`with ${kind === 'keys' ? 'published keys' : 'a shared secret'}`, () => {
    const sign = async (payload: JWTPayload, header: object = {}) =>
      kind === 'secret' ? hmac({ alg: 'HS256', ...header }, payload) : rsa.sign(payload, { kid: 'rsa', ...header });

    async function ask(authorization: string | null, path = '/api/missions') {
      const headers = new Headers(authorization === null ? {} : { Authorization: authorization });
      const response = await apps[kind].request(path, { headers });
      return { status: response.status, text: await response.text(), headers: JSON.stringify([...response.headers]) };
    }

    async function isRefused(
      authorization: string | null,
      token: string,
      reason: RegExp,
      path?: string,
    ): Promise<void> {
      service.logged.length = 0;
      const { status, text, headers } = await ask(authorization, path);
      expect({ status, ...JSON.parse(text) }).toMatchObject({
        ...{ status: 401, code: 'unauthenticated', detail: expect.stringMatching(reason) },
      });
      expect(Object.keys(JSON.parse(text)).sort()).toEqual(['code', 'detail', 'status', 'title', 'type']);
      const parts = token.split('.').filter((part) => part.length > 3);
      for (const part of [...parts, CANARY]) {
        expect(text).not.toContain(part);
        expect(headers).not.toContain(part);
        expect(service.logged.join('')).not.toContain(part);
      }
      expect(service.logged.join('')).not.toContain('"level":50');
    }

    test('the right token is let in, so that what is refused below is refused for what is wrong with it', async () => {
      expect((await ask(`Bearer ${await sign(claims())}`)).status).toBe(200);
    });

    test.each(CORPUS)('%s', async (_, make, reason) => {
      const token = await make();
      await isRefused(`Bearer ${token}`, token, reason);
      expect(asked).toBe(0);
    });

    test.each(CLAIMS)('%s', async (_, wrong, reason) => {
      const token = await sign(claims(wrong));
      await isRefused(`Bearer ${token}`, token, reason);
    });

    test.each([
      ['crit that nobody knows', { crit: ['exp2'], exp2: 1 }],
      ['crit that is no list', { crit: 'exp' }],
      ['crit that is empty', { crit: [] }],
    ])('%s', async (_, header) => {
      // Signed with the secret even where keys are published: jose itself signs no such header.
      const token = hmac({ alg: 'HS256', ...header }, claims());
      await isRefused(`Bearer ${token}`, token, /extension|not a JWT|not accepted/);
    });

    test('changed after it was signed, cut, doubled, or in another form', async () => {
      const token = await sign(claims());
      const [header = '', , signature = ''] = token.split('.');
      const forms = [
        `${header}.${encode(claims({ sub: 'other' }))}.${signature}`,
        `${token}.${signature}`,
        `${token}${signature}`,
        token.slice(0, -4),
        `${header}..${signature}`,
        `${header}.${encode('{}'.repeat(2))}.${signature}`,
        encode({
          payload: encode(claims()),
          signatures: [
            { protected: header, signature },
            { protected: header, signature },
          ],
        }),
      ];
      for (const form of forms) await isRefused(`Bearer ${form}`, form, /signature|not a JWT|cannot be accepted/);
      for (const both of [`Bearer ${token} ${token}`, `Bearer ${token}, Bearer ${token}`, `Bearer ${token};x`]) {
        await isRefused(both, token, /exactly one token/);
      }
    });

    test('elsewhere than in its header', async () => {
      const token = await sign(claims());
      for (const scheme of ['', 'Basic ', 'Token ', 'JWT ', 'Bearer:', 'Bearer=', 'Bearer"']) {
        await isRefused(`${scheme}${token}`, token, /Authorization: Bearer/);
      }
      for (const name of ['access_token', 'token', 'jwt', 'authorization', 'ticket']) {
        for (const path of ['/api/missions', '/sync/pull', '/sync/stream']) {
          if (name === 'ticket' && path !== '/sync/stream') continue;
          await isRefused(null, token, /Authorization: Bearer|ticket/, `${path}?${name}=${token}`);
        }
      }
    });

    test('the scheme’s case and the blanks around it say nothing, by RFC 9110', async () => {
      const token = await sign(claims());
      for (const form of ['bearer ', 'BEARER ', 'bEaReR  ', '  Bearer ']) {
        expect((await ask(`${form}${token}  `)).status).toBe(200);
      }
    });
  });
}
