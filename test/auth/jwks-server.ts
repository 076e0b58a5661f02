/**
 * A scripted token issuer: a real HTTP server on loopback that publishes its keys, and can be down.
 *
 *   const issuer = await startIssuer();
 *   const key = await issuer.publish('RS256', 'key-1');
 *   const token = await key.sign({ sub: 'ana', exp: ... });
 *   issuer.state = 'failing';
 *   await issuer.close();
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export interface IssuerKey {
  /** What is published. */
  jwk: JWK;
  /** The public key as text, the material of a key confusion. */
  pem: string;
  sign(claims: JWTPayload, header?: { kid?: string }): Promise<string>;
}

export interface Issuer {
  url: string;
  /** What it publishes; anything else than JWKs too. */
  keys: unknown;
  /** `failing`: 500. `hanging`: no answer. `redirecting`: to where nobody should follow. */
  state: 'up' | 'failing' | 'hanging' | 'redirecting' | 'garbled';
  /** How often its keys were asked for. */
  requests: number;
  /** Resolves at the next request. */
  nextRequest(): Promise<void>;
  makeKey(algorithm: string, kid?: string): Promise<IssuerKey>;
  /** Makes a key and adds it to what is published. */
  publish(algorithm: string, kid?: string): Promise<IssuerKey>;
  close(): Promise<void>;
}

export async function startIssuer(): Promise<Issuer> {
  const published: JWK[] = [];
  let waiting: (() => void)[] = [];
  const server = createServer((_, response) => {
    issuer.requests++;
    for (const resolve of waiting.splice(0)) resolve();
    if (issuer.state === 'hanging') return;
    if (issuer.state === 'failing') response.writeHead(500).end();
    else if (issuer.state === 'redirecting') response.writeHead(302, { location: `${issuer.url}/other` }).end();
    else if (issuer.state === 'garbled') response.writeHead(200).end('<html>');
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: issuer.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  async function makeKey(algorithm: string, kid?: string): Promise<IssuerKey> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    const named = kid === undefined ? {} : { kid };
    return {
      jwk: { ...(await exportJWK(publicKey)), alg: algorithm, use: 'sig', ...named },
      pem: await exportSPKI(publicKey),
      sign: (claims, header = named) =>
        new SignJWT(claims).setProtectedHeader({ alg: algorithm, ...header }).sign(privateKey),
    };
  }

  const issuer: Issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    keys: published,
    state: 'up',
    requests: 0,
    nextRequest: () => new Promise((resolve) => waiting.push(resolve)),
    makeKey,
    async publish(algorithm, kid) {
      const key = await makeKey(algorithm, kid);
      published.push(key.jwk);
      return key;
    },
    close: () =>
      new Promise((resolve) => {
        waiting = [];
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return issuer;
}
