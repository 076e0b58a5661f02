import type { HonoRequest, MiddlewareHandler } from 'hono';
import { isClientPath } from '../web/client-paths.ts';
import { Problem } from './problem.ts';

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/**
 * For a service without tokens, where to reach it is to be its user. Refuses a Host that is no loopback name (a web page
 * whose name was rebound to 127.0.0.1) and requests that a page of another origin makes a browser send; a link from there
 * to a page of ours is followed, since that page shows itself to the person and nothing to the one that linked.
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
  const isForeign = site === 'cross-site' || site === 'same-site';
  if ((origin !== undefined && !isSameOrigin(origin, host)) || (isForeign && !opensPage(c.req))) {
    throw new Problem('cross_origin', 'this service has no tokens and answers only pages of its own origin');
  }
  await next();
};

/** Whether the browser goes to one of our pages, in a tab of its own. It names the destination itself; no page can. */
function opensPage(request: HonoRequest): boolean {
  return (
    request.method === 'GET' &&
    request.header('sec-fetch-mode') === 'navigate' &&
    request.header('sec-fetch-dest') === 'document' &&
    (isClientPath(request.path) || request.path === '/docs')
  );
}

function isSameOrigin(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  return /^https?:$/.test(protocol) && originHost === new URL(`${protocol}//${host}`).host;
}
