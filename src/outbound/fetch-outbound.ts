import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isOffLimits } from './is-off-limits.ts';

/**
 * The one way out of the service, to the addresses of its configuration: as `fetch`, but a redirect is not followed, so
 * that key and prompt go where they were sent, and a name that leads to where no such server can be is not asked.
 */
export async function fetchOutbound(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const { hostname } = new URL(input instanceof Request ? input.url : input);
  const signal = init.signal ?? (input instanceof Request ? input.signal : null);
  for (const address of await unlessAborted(addressesOf(hostname), signal)) {
    if (isOffLimits(address)) throw new TypeError('fetch failed', { cause: new OffLimitsError(hostname) });
  }
  return fetch(input, { ...init, redirect: 'manual' });
}

/** As every failure of a connection it is the cause of one of `fetch`, and has a code. */
class OffLimitsError extends Error {
  override name = 'OffLimitsError';
  readonly code = 'EADDRNOTALLOWED';

  constructor(hostname: string) {
    super(`${hostname} is, or leads to, a link-local or multicast address`);
  }
}

async function addressesOf(hostname: string): Promise<string[]> {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare)) return [bare];
  // What cannot be found fails again when it is connected to, and is told in that failure's words.
  const found = await lookup(bare, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

/** A look-up cannot be called off: what comes of it then is not waited for. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | null): Promise<T> {
  if (!signal) return work;
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
