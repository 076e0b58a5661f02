import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';
import type { AppEnv } from './app.ts';

/** Names each request, sets the headers that every answer has, counts it, and logs one line: no path, no user, no content. */
export function observe(log: Logger, metrics?: Pick<Metrics, 'requested'>): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const startedAt = performance.now();
    const requestId = saneRequestId(c.req.header('x-request-id')) ?? randomUUID();
    c.set('requestId', requestId);
    await next();
    c.res.headers.set('X-Request-Id', requestId);
    c.res.headers.set('X-Content-Type-Options', 'nosniff');
    c.res.headers.set('Referrer-Policy', 'no-referrer');
    // No page of another origin embeds an answer or shares a window with one; CORS_ORIGINS may still read them by fetch.
    c.res.headers.set('Cross-Origin-Resource-Policy', 'same-origin');
    c.res.headers.set('Cross-Origin-Opener-Policy', 'same-origin');
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
    if (!c.res.headers.has('Content-Security-Policy')) c.res.headers.set('Content-Security-Policy', NOTHING_LOADS);
    const ms = performance.now() - startedAt;
    const request = { method: c.req.method, route: c.get('route') ?? null, status: c.res.status };
    log.info({ ...request, ms: Math.round(ms), requestId }, 'request');
    metrics?.requested(request, ms / 1_000);
  };
}

const NOTHING_LOADS = "default-src 'none'; frame-ancestors 'none'";

function saneRequestId(given: string | undefined): string | undefined {
  return given !== undefined && /^[\w.=-]{1,128}$/.test(given) ? given : undefined;
}
