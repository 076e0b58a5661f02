import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { serve } from '@hono/node-server';
import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { createAuthenticator } from './auth/create-authenticator.ts';
import { systemClock } from './clock.ts';
import { type Config, usesTokens } from './config.ts';
import { defaultRegistry } from './core/modules/registry.ts';
import { RUNNER_SESSION } from './database/database.ts';
import { openDatabase } from './database/open-database.ts';
import { createApp } from './http/create-app.ts';
import { createRateLimit } from './http/rate-limit.ts';
import { choosePlanner } from './planner/choose-planner.ts';
import { createRunner } from './runner/runner.ts';
import { openHub } from './sync/open-hub.ts';

/** The one user of a service without tokens. */
export const SINGLE_USER = 'local';

const OUTLINE_NOTICE =
  'no model is configured: open checklist items of a mission become tasks, its dated lines events; set LLM_BASE_URL and LLM_MODEL to plan with one';

export interface Service {
  /** Where it answers, such as http://127.0.0.1:3067. */
  url: string;
  /** The one user of a service without tokens. */
  singleUser: string;
  /** What plans: `outline`, or the model's name. */
  plannerModel: string;
  /** Stops within 10 s: no new requests, no new claims; plans in flight finish or are handed back. */
  stop(): Promise<void>;
}

/** Builds the service from its configuration: the one place where everything is put together. */
export async function startService(config: Config, log: Logger): Promise<Service> {
  const registry = defaultRegistry;
  const planner = choosePlanner(config, registry);
  const fanOut = await openHub((onAppended) => openDatabase(config, log, onAppended), {
    clock: systemClock,
    log,
    channels: ['mission_wake'],
  });
  const { db, hub } = fanOut;
  const runner = createRunner({
    db,
    planner,
    registry,
    clock: systemClock,
    random: Math.random,
    log,
    name: `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
    maxAttempts: 5,
    dailyCalls: config.LLM_DAILY_CALLS,
    concurrency: config.RUNNER_CONCURRENCY,
    perUser: config.RUNNER_PER_USER,
    leaseMs: 30_000,
    sweepMs: 30_000,
    stopGraceMs: 5_000,
  });
  const app = createApp({
    db,
    hub,
    registry,
    runner,
    clock: systemClock,
    log,
    ...(usesTokens(config)
      ? { guard: 'none', authenticate: createAuthenticator(config, { clock: systemClock, log }) }
      : { guard: 'single-user', authenticate: async () => SINGLE_USER }),
    rateLimit:
      config.RATE_LIMIT_PER_MINUTE > 0
        ? createRateLimit({
            perMinute: config.RATE_LIMIT_PER_MINUTE,
            burst: config.RATE_LIMIT_BURST,
            clock: systemClock,
          })
        : undefined,
    corsOrigins: config.CORS_ORIGINS,
    serviceKey: config.SERVICE_KEY,
    plannerNotice: planner.model === 'outline' ? OUTLINE_NOTICE : undefined,
    async ready() {
      const migrated = await db
        .run<{ found: boolean }>(RUNNER_SESSION, sql`select to_regclass('public.sync_changes') is not null as found`)
        .catch(() => null);
      return { database: migrated !== null, migrations: migrated?.[0]?.found === true, listener: fanOut.listening() };
    },
  });

  const server = await listen(app.fetch, config).catch(async (error) => {
    await fanOut.close();
    await db.close();
    throw error;
  });
  await runner.start();
  return {
    url: server.url,
    singleUser: SINGLE_USER,
    plannerModel: planner.model,
    async stop() {
      // Streams would go on for as long as their readers like.
      hub.close();
      await Promise.all([server.close(), runner.stop()]);
      await fanOut.close();
      await db.close();
    },
  };
}

function listen(fetch: Parameters<typeof serve>[0]['fetch'], { HOST, PORT }: Config) {
  return new Promise<{ url: string; close(): Promise<void> }>((resolve, reject) => {
    const server = serve({ fetch, hostname: HOST, port: PORT }, ({ port }) => {
      const host = HOST.includes(':') ? `[${HOST}]` : HOST;
      resolve({
        url: `http://${host}:${port}`,
        close: () =>
          new Promise((closed) => {
            if ('closeIdleConnections' in server) {
              // Again and again: a connection is idle only once its last answer has ended.
              const closing = setInterval(() => server.closeIdleConnections(), 50);
              server.once('close', () => clearInterval(closing));
            }
            server.close(() => closed());
            // A request that has not ended by now is cut off rather than waited for.
            if ('closeAllConnections' in server) setTimeout(() => server.closeAllConnections(), 3_000).unref();
          }),
      });
    });
    server.once('error', reject);
  });
}
