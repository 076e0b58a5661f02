import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../clock.ts';
import { fetchOutbound } from '../outbound/fetch-outbound.ts';

/** The issuer's keys cannot be read: nothing is known of the token. */
export class KeysUnavailable extends Error {
  constructor(cause: unknown) {
    super('the keys of the token issuer cannot be read', { cause });
    this.name = 'KeysUnavailable';
  }
}

/**
 * The published keys of an issuer. They are read at the first token, renewed every ten minutes beside the requests, and
 * read again when a token names an unknown key, at most every 30 s: so a rotated key is found, and made-up ones do not
 * flood the issuer. While the issuer is down the known keys go on for an hour; no longer, since one of them may be revoked.
 */
export function createKeySet(url: URL, clock: Clock, onRenewalFailed: (error: unknown) => void): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: 5_000,
    cooldownDuration: 30_000,
    // How long keys are kept is decided below.
    cacheMaxAge: Number.POSITIVE_INFINITY,
    [customFetch]: fetchOutbound,
  });
  let loadedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;

  async function load(): Promise<void> {
    triedAt = clock.now().getTime();
    await remote.reload();
    loadedAt = clock.now().getTime();
  }

  return async (header, token) => {
    const now = clock.now().getTime();
    try {
      if (now - loadedAt >= KEEP_MS) await load();
      else if (now - loadedAt >= RENEW_MS && now - triedAt >= RETRY_MS) load().catch(onRenewalFailed);
      return await remote(header, token);
    } catch (error) {
      if (FAULTS_OF_THE_TOKEN.some((fault) => error instanceof fault)) throw error;
      throw new KeysUnavailable(error);
    }
  };
}

const RENEW_MS = 10 * 60_000;
const RETRY_MS = 30_000;
const KEEP_MS = 60 * 60_000;
const FAULTS_OF_THE_TOKEN = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];
