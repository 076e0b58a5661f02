import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { Authenticate } from '../auth/create-authenticator.ts';
import type { Clock } from '../clock.ts';
import type { Registry } from '../core/modules/registry.ts';
import type { Database } from '../database/database.ts';
import type { Metrics } from '../metrics.ts';
import type { Runner } from '../runner/runner.ts';
import type { ChangeHub } from '../sync/change-hub.ts';
import type { RateLimit } from './rate-limit.ts';

/** What the HTTP edge is built from. */
export interface AppDeps {
  db: Database;
  /** A hot standby for pulls and streams to read from, where there is one. */
  replica?: Pick<Database, 'run' | 'runTexts'> | undefined;
  /** Tells the streams of this process what to look at. */
  hub: ChangeHub;
  registry: Registry;
  /** Null in a process that plans nothing. */
  runner: Runner | null;
  clock: Clock;
  log: Logger;
  /** Absent: nothing is counted, and there is no GET /metrics. */
  metrics?: Metrics | undefined;
  /** The id of the user whose request it is; null when it is nobody's, or why the token that it bears does not count. */
  authenticate: Authenticate;
  /** Absent: every user may send as much as comes. */
  rateLimit?: RateLimit | undefined;
  /** The origins whose pages may read answers; exactly these. */
  corsOrigins?: readonly string[] | undefined;
  /** Opens POST /internal/tick. */
  serviceKey: string | undefined;
  ready(): Promise<Readiness>;
  /** `single-user`: no tokens, so only this machine and its own pages are answered. */
  guard: 'single-user' | 'none';
  /** The folder of the built web client, which is then served; absent: the API alone. */
  webRoot?: string | undefined;
  /** What a person should know about the planner, such as that no model is configured: shown by /health. */
  plannerNotice?: string | undefined;
}

export interface Readiness {
  database: boolean;
  migrations: boolean;
  listener: boolean;
}

export interface AppEnv {
  Variables: {
    requestId: string;
    /** The pattern of the route, `/api/missions/{id}`: what the log says instead of the path. */
    route: string;
  };
}

export type App = OpenAPIHono<AppEnv>;
export type AppContext = Context<AppEnv>;
