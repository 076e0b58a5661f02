import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { serve } from '@hono/node-server';
import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import { createAuthenticator } from './auth/create-authenticator.ts';
import { systemClock } from './clock.ts';
import { budgetOf, type Config, SINGLE_USER, usesTokens } from './config.ts';
import { defaultRegistry } from './core/modules/registry.ts';
import { RUNNER_SESSION } from './database/database.ts';
import { openDatabase, openReplica } from './database/open-database.ts';
import { serveStore } from './database/pglite/serve-store.ts';
import { createApp, createRunnerApp } from './http/create-app.ts';
import { findWebRoot } from './http/find-web-root.ts';
import { createRateLimit } from './http/rate-limit.ts';
import { createMetrics } from './metrics.ts';
import { choosePlanner } from './planner/choose-planner.ts';
import { LEASE_MS, MAX_ATTEMPTS, SWEEP_MS } from './runner/limits.ts';
import { createRunner, type Runner } from './runner/runner.ts';
import { openHub } from './sync/open-hub.ts';

const OUTLINE_NOTICE =
  'no model is configured: open checklist items of a mission become tasks, its dated lines events; set LLM_BASE_URL and LLM_MODEL to plan with one';

export interface Service {
  /** Where it answers, such as http://127.0.0.1:3067. */
  url: string;
  /** The one user of a service without tokens. */
  singleUser: string;
  /** What plans: `outline`, or the model's name; null in a process that plans nothing. */
  plannerModel: string | null;
  /** Stops within 10 s: no new requests, no new claims; plans in flight finish or are handed back. */
  stop(): Promise<void>;
}

/**
 * Builds the service from its configuration: the one place where everything is put together. `opening`: the embedded store,
 * where somebody has begun to open it.
 */
export async function startService(config: Config, log: Logger, opening = serveStore(config, log)): Promise<Service> {
  const registry = defaultRegistry;
  const clock = systemClock;
  const planner = config.ROLE === 'api' ? null : choosePlanner(config, registry);
  const replica = config.ROLE === 'runner' ? undefined : replicaOf(config, log);
  const store = await opening;
  const fanOut = await openHub((onAppended) => openDatabase(config, log, onAppended, store), {
    clock,
    log,
    channels: ['mission_wake'],
    readsLag: replica !== undefined,
  });
  const { db, hub } = fanOut;
  const metrics = createMetrics({
    streams: hub.followers,
    listening: fanOut.listening,
    engineRestarts: () => store?.engine.restarts() ?? 0,
    modelDown: planner && (() => (runner?.modelDownSince() ?? null) !== null),
  });
  const runner: Runner | null =
    planner &&
    createRunner({
      db,
      planner,
      registry,
      clock,
      random: Math.random,
      log,
      metrics,
      name: `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`,
      maxAttempts: MAX_ATTEMPTS,
      budget: planner.model === 'outline' ? null : budgetOf(config),
      concurrency: config.RUNNER_CONCURRENCY,
      perUser: config.RUNNER_PER_USER,
      leaseMs: LEASE_MS,
      sweepMs: SWEEP_MS,
      stopGraceMs: 5_000,
    });
  const shared = {
    clock,
    log,
    metrics,
    runner,
    serviceKey: config.SERVICE_KEY,
    plannerNotice: planner?.model === 'outline' ? OUTLINE_NOTICE : undefined,
    async ready() {
      const migrated = await db
        .run<{ found: boolean }>(RUNNER_SESSION, sql`select to_regclass('public.sync_changes') is not null as found`)
        .catch(() => null);
      return { database: migrated !== null, migrations: migrated?.[0]?.found === true, listener: fanOut.listening() };
    },
  };
  const app =
    config.ROLE === 'runner'
      ? createRunnerApp(shared)
      : createApp({
          ...shared,
          db,
          replica,
          hub,
          registry,
          ...(usesTokens(config)
            ? { guard: 'none', authenticate: createAuthenticator(config, { clock, log }) }
            : { guard: 'single-user', authenticate: async () => SINGLE_USER }),
          rateLimit:
            config.RATE_LIMIT_PER_MINUTE > 0
              ? createRateLimit({
                  perMinute: config.RATE_LIMIT_PER_MINUTE,
                  burst: config.RATE_LIMIT_BURST,
                  clock,
                })
              : undefined,
          corsOrigins: config.CORS_ORIGINS,
          webRoot: findWebRoot(),
        });

  const closeDatabase = async () => {
    await fanOut.close();
    await Promise.all([db.close(), replica?.close()]);
  };
  const server = await listen(app.fetch, config).catch(async (error) => {
    await closeDatabase();
    throw error;
  });
  await runner?.start();
  return {
    url: server.url,
    singleUser: SINGLE_USER,
    plannerModel: planner?.model ?? null,
    async stop() {
      // Streams would go on for as long as their readers like.
      hub.close();
      await Promise.all([server.close(), runner?.stop()]);
      await closeDatabase();
    },
  };
}

function replicaOf({ DATABASE_REPLICA_URL, DATABASE_POOL_SIZE }: Config, log: Logger) {
  return DATABASE_REPLICA_URL === undefined ? undefined : openReplica(DATABASE_REPLICA_URL, DATABASE_POOL_SIZE, log);
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
