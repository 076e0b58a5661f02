import type { MiddlewareHandler } from 'hono';
import { Problem } from './problem.ts';

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/**
 * For a service without tokens, where to reach it is to be its user. Refuses a Host that is no loopback name (a web page
 * whose name was rebound to 127.0.0.1) and requests that a page of another origin makes a browser send.
 */
export const singleUserGuard: MiddlewareHandler = async (c, next) => {
  const host = c.req.header('host') ?? new URL(c.req.url).host;
  if (!LOOPBACK.test(host)) {
    throw new Problem(
      'host_not_allowed',
      'this service has no tokens and answers only as localhost, 127.0.0.1 or [::1]',
    );
  }
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  if ((origin !== undefined && !isSameOrigin(origin, host)) || site === 'cross-site' || site === 'same-site') {
    throw new Problem('cross_origin', 'this service has no tokens and answers only pages of its own origin');
  }
  await next();
};

function isSameOrigin(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  return /^https?:$/.test(protocol) && originHost === new URL(`${protocol}//${host}`).host;
}
