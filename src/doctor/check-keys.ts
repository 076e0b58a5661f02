import type { Config } from '../config.ts';
import { fetchOutbound } from '../outbound/fetch-outbound.ts';
import { type Check, error, ok } from './check.ts';
import { describeFailure } from './describe-failure.ts';

/** Whoever signs the users' tokens. */
export async function checkKeys({ AUTH_JWKS_URL, AUTH_JWT_SECRET }: Config): Promise<Check[]> {
  if (AUTH_JWT_SECRET !== undefined) return [ok('users', 'tokens signed with AUTH_JWT_SECRET')];
  if (AUTH_JWKS_URL === undefined) return [ok('users', 'one, without tokens: only this machine is served')];
  try {
    const response = await fetchOutbound(AUTH_JWKS_URL, { signal: AbortSignal.timeout(5_000) });
    const { keys } = (await response.json()) as { keys?: unknown };
    if (Array.isArray(keys) && keys.length > 0)
      return [ok('users', `tokens signed by one of ${keys.length} keys of AUTH_JWKS_URL`)];
    return [
      error(
        'users',
        `AUTH_JWKS_URL answers ${response.status} without keys`,
        'set AUTH_JWKS_URL to a JSON Web Key Set',
      ),
    ];
  } catch (failure) {
    return [
      error(
        'users',
        `AUTH_JWKS_URL: ${describeFailure(failure)}`,
        'without its keys every token is refused: see that this machine reaches it',
      ),
    ];
  }
}
