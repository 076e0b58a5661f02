import { jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createKeySet, KeysUnavailable } from '../../src/auth/key-set.ts';
import { systemClock } from '../../src/clock.ts';
import { type Issuer, startIssuer } from './jwks-server.ts';

const MINUTE = 60_000;

let issuer: Issuer;
let failedRenewals: unknown[];
beforeEach(async () => {
  // jose reads the time by itself, so the clock of the whole test is moved.
  vi.useFakeTimers({ toFake: ['Date'] });
  issuer = await startIssuer();
  failedRenewals = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await issuer.close();
});

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms);

function open() {
  const keys = createKeySet(new URL(issuer.url), systemClock, (error) => failedRenewals.push(error));
  return async (token: string) => (await jwtVerify(token, keys)).payload.sub;
}

const tokenOf = async (key: { sign(claims: object): Promise<string> }) => key.sign({ sub: 'ana' });

it('reads the keys once for many tokens', async () => {
  const token = await tokenOf(await issuer.publish('ES256', 'a'));
  const verify = open();
  expect(await Promise.all([verify(token), verify(token), verify(token)])).toEqual(['ana', 'ana', 'ana']);
  wait(9 * MINUTE);
  expect(await verify(token)).toBe('ana');
  expect(issuer.requests).toBe(1);
});

it('finds a rotated key, and made-up ones do not flood the issuer', async () => {
  const verify = open();
  await verify(await tokenOf(await issuer.publish('ES256', 'a')));
  const rotated = await tokenOf(await issuer.publish('ES256', 'b'));
  await expect(verify(rotated)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  expect(issuer.requests).toBe(1);

  wait(30_000);
  expect(await verify(rotated)).toBe('ana');
  expect(issuer.requests).toBe(2);
  for (const kid of ['c', 'd', 'e']) {
    await expect(verify(await tokenOf(await issuer.makeKey('ES256', kid)))).rejects.toMatchObject({
      code: 'ERR_JWKS_NO_MATCHING_KEY',
    });
  }
  expect(issuer.requests).toBe(2);
});

it('renews the keys beside the requests, so that a withdrawn one ends', async () => {
  const verify = open();
  const token = await tokenOf(await issuer.publish('ES256', 'a'));
  await verify(token);
  issuer.keys = [(await issuer.makeKey('ES256', 'b')).jwk];
  wait(10 * MINUTE);
  expect(await verify(token)).toBe('ana');
  // The renewal is under way; it ends by itself.
  await expect.poll(() => verify(token).catch(({ code }) => code)).toBe('ERR_JWKS_NO_MATCHING_KEY');
});

it.each(['failing', 'garbled', 'redirecting'] as const)('says so when nothing can be read: %s', async (state) => {
  const verify = open();
  const token = await tokenOf(await issuer.publish('ES256', 'a'));
  issuer.state = state;
  await expect(verify(token)).rejects.toBeInstanceOf(KeysUnavailable);
  issuer.state = 'up';
  expect(await verify(token)).toBe('ana');
});

it.each([[undefined], ['text'], [[5]], [{}]])('says so when what it reads is no key set: %j', async (keys) => {
  const verify = open();
  const token = await tokenOf(await issuer.makeKey('ES256', 'a'));
  issuer.keys = keys;
  await expect(verify(token)).rejects.toBeInstanceOf(KeysUnavailable);
});

it('says so when nobody listens, or nobody answers in time', async () => {
  const token = await tokenOf(await issuer.publish('ES256', 'a'));
  issuer.state = 'hanging';
  const deadline = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(deadline.signal);
  const asked = issuer.nextRequest();
  const verified = open()(token);
  asked.then(() => deadline.abort(new DOMException('', 'TimeoutError')));
  await expect(verified).rejects.toMatchObject({ name: 'KeysUnavailable', cause: { code: 'ERR_JWKS_TIMEOUT' } });
  expect(timeout).toHaveBeenCalledWith(5_000);
  timeout.mockRestore();
  await issuer.close();
  await expect(open()(token)).rejects.toBeInstanceOf(KeysUnavailable);
});

it('goes on with the known keys while the issuer is down, for an hour', async () => {
  const verify = open();
  const token = await tokenOf(await issuer.publish('ES256', 'a'));
  const unknown = await tokenOf(await issuer.publish('ES256', 'b'));
  issuer.keys = [(issuer.keys as unknown[])[0]];
  await verify(token);
  issuer.state = 'failing';

  wait(11 * MINUTE);
  expect(await verify(token)).toBe('ana');
  await expect.poll(() => failedRenewals.length).toBe(1);
  expect(await verify(token)).toBe('ana');
  expect(issuer.requests).toBe(2);
  // Whether this key has been published since, nobody can tell.
  await expect(verify(unknown)).rejects.toBeInstanceOf(KeysUnavailable);

  wait(48 * MINUTE);
  expect(await verify(token)).toBe('ana');
  wait(MINUTE);
  await expect(verify(token)).rejects.toBeInstanceOf(KeysUnavailable);
  issuer.state = 'up';
  expect(await verify(token)).toBe('ana');
});
