import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { describeError } from '../describe-error.ts';
import { createKeySet, KeysUnavailable } from './key-set.ts';
import { readBearer } from './read-bearer.ts';
import { tokenFault } from './token-fault.ts';

/** Whose request it is: the user's id, null when it names nobody, or why its token does not count. */
export type Authenticate = (request: Request) => Promise<string | null | TokenRefusal>;

export interface TokenRefusal {
  /** `invalid_token`: another token is needed. `auth_unavailable`: the token may be good, but nobody can tell now. */
  reason: 'invalid_token' | 'auth_unavailable';
  /** For a person: what is wrong. It holds nothing of the token. */
  detail: string;
  cause?: unknown;
}

/**
 * Reads whose request it is from `Authorization: Bearer <JWT>`; `sub` is the user's id. The token must be signed by a key
 * of AUTH_JWKS_URL or with AUTH_JWT_SECRET, must expire (`exp`), and must be of AUTH_ISSUER and for AUTH_AUDIENCE where
 * these are set. Each kind of key has its own algorithms, so that a public key never serves as a secret (RFC 8725).
 */
export function createAuthenticator(config: TokenConfig, { clock, log }: { clock: Clock; log: Logger }): Authenticate {
  const { key, algorithms } = verificationKey(config, clock, log);
  const expected = {
    algorithms,
    clockTolerance: LEEWAY_SECONDS,
    // The claims that jose is to miss; issuer and audience it misses by itself when they are expected.
    requiredClaims: ['exp', 'sub'],
    ...(config.AUTH_ISSUER === undefined ? {} : { issuer: config.AUTH_ISSUER }),
    ...(config.AUTH_AUDIENCE === undefined ? {} : { audience: config.AUTH_AUDIENCE }),
  };

  return async (request) => {
    const bearer = readBearer(request.headers.get('authorization'));
    if (bearer === null) return null;
    if (!bearer.ok) return invalid(bearer.detail);
    try {
      const { payload } = await jwtVerify(bearer.token, key, { ...expected, currentDate: clock.now() });
      return userOf(payload);
    } catch (error) {
      if (error instanceof KeysUnavailable) {
        return {
          reason: 'auth_unavailable',
          detail: 'the keys of the token issuer cannot be read now; try again in a moment',
          cause: error,
        };
      }
      if (error instanceof errors.JOSEError) return invalid(tokenFault(error));
      throw error;
    }
  };
}

export type TokenConfig = Pick<Config, 'AUTH_JWKS_URL' | 'AUTH_JWT_SECRET' | 'AUTH_ISSUER' | 'AUTH_AUDIENCE'>;

const LEEWAY_SECONDS = 60;
const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'];
const PUBLIC_KEY_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512'],
  'EdDSA',
];

function verificationKey(
  { AUTH_JWKS_URL, AUTH_JWT_SECRET }: TokenConfig,
  clock: Clock,
  log: Logger,
): { key: JWTVerifyGetKey; algorithms: string[] } {
  if (AUTH_JWKS_URL !== undefined) {
    const onRenewalFailed = (error: unknown) =>
      log.warn(
        { failure: describeError(error) },
        'the keys of AUTH_JWKS_URL could not be renewed; the known ones serve for an hour',
      );
    return { key: createKeySet(new URL(AUTH_JWKS_URL), clock, onRenewalFailed), algorithms: PUBLIC_KEY_ALGORITHMS };
  }
  if (AUTH_JWT_SECRET === undefined) throw new Error('neither AUTH_JWKS_URL nor AUTH_JWT_SECRET is set');
  const secret = new TextEncoder().encode(AUTH_JWT_SECRET);
  return { key: () => secret, algorithms: SECRET_ALGORITHMS };
}

const MAX_USER_ID = 200;

function userOf({ sub }: JWTPayload): string | TokenRefusal {
  // A signature vouches for who wrote the claims, not for their types.
  const user: unknown = sub;
  if (typeof user !== 'string' || user === '') return invalid('sub of the token, the user, is not a text or is empty');
  if (user.length > MAX_USER_ID) {
    return invalid(`sub of the token, the user, has more than ${MAX_USER_ID} characters`);
  }
  if (/\p{Cc}/u.test(user) || !user.isWellFormed()) {
    return invalid('sub of the token, the user, holds control characters or broken ones');
  }
  return user;
}

function invalid(detail: string): TokenRefusal {
  return { reason: 'invalid_token', detail };
}
