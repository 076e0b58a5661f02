import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ModelCall } from './core/planning/planner.ts';
import type { Claim } from './runner/claim.ts';
import type { FinishedPlan } from './runner/sweep-report.ts';

/** What a process counts and times of its own work. No label ever bears a user, a mission or content. */
export interface Metrics {
  /** Missions were claimed. */
  claimed(claims: Pick<Claim, 'attempt' | 'waitedMs'>[]): void;
  /** What became of a claim, and how long it took from there. */
  finished(result: FinishedPlan, seconds: number): void;
  /** An exchange with the model was recorded. */
  modelCalled(call: Pick<ModelCall, 'inputTokens' | 'outputTokens' | 'durationMs'>): void;
  /** A push of so many changes was committed; appending and folding them took so long. */
  pushed(changes: number, foldSeconds: number): void;
  /** `route` is the pattern, such as `/api/missions/{id}`; null where there is none. */
  requested(request: { method: string; route: string | null; status: number }, seconds: number): void;
  /** All of it in the text format of Prometheus. */
  expose(): Promise<{ text: string; contentType: string }>;
}

export interface MetricsSources {
  /** How many streams are open. */
  streams(): number;
  /** Whether the connection that hears notifications stands. */
  listening(): boolean;
  /** How often the embedded database was lost and opened again. */
  engineRestarts(): number;
  /** Whether no calls are made because the model server does not answer; null in a process that makes none, and cannot know. */
  modelDown: (() => boolean) | null;
}

/** In seconds: from a wake-up of milliseconds to a model that thinks for minutes. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
/**
 * How often to sample the lag of the event loop beside each scrape, which has a figure of its own. The package samples a
 * hundred times a second and cannot be told not to: that was nine tenths of what an idle service took of a core.
 */
const NEVER_MS = 2_147_483_647;
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Metrics in a registry of their own, so that several services may live in one process. */
export function createMetrics({ streams, listening, engineRestarts, modelDown }: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS });
  for (const figure of ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99']) {
    registry.removeSingleMetric(`nodejs_eventloop_lag_${figure}_seconds`);
  }

  const wake = new Histogram({
    name: 'pg_missions_wake_seconds',
    help: 'From a want (an edit, feedback, run now, a due cadence) to its first claim',
    buckets: SECONDS,
    registers,
  });
  const claims = new Counter({
    name: 'pg_missions_claims_total',
    help: 'Claims of missions, repeated attempts included',
    registers,
  });
  const active = new Gauge({
    name: 'pg_missions_plans_active',
    help: 'Missions that this process is planning now',
    registers,
  });
  const plans = new Histogram({
    name: 'pg_missions_plan_seconds',
    help: 'From a claim to what became of it: planned, failed, retrying, handed_back, lost, held or error',
    labelNames: ['result'],
    buckets: SECONDS,
    registers,
  });
  const retries = new Counter({
    name: 'pg_missions_retries_total',
    help: 'Attempts at a plan that are to be repeated, by reason',
    labelNames: ['reason'],
    registers,
  });
  const calls = new Histogram({
    name: 'pg_missions_model_call_seconds',
    help: 'Exchanges with the model',
    buckets: SECONDS,
    registers,
  });
  const tokens = new Counter({
    name: 'pg_missions_model_tokens_total',
    help: 'Tokens as the model reports them',
    labelNames: ['direction'],
    registers,
  });
  const pushSize = new Histogram({
    name: 'pg_missions_push_changes',
    help: 'Changes in a push',
    buckets: [1, 2, 5, 10, 50, 100, 500, 1_000, 5_000],
    registers,
  });
  const fold = new Histogram({
    name: 'pg_missions_fold_seconds',
    help: 'Appending the changes of a push to the log and folding them',
    buckets: SECONDS,
    registers,
  });
  const requests = new Histogram({
    name: 'pg_missions_http_request_seconds',
    help: 'Requests, until their answer began',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  });
  new Gauge({
    name: 'pg_missions_streams_open',
    help: 'Streams of changes that are open',
    registers,
    collect() {
      this.set(streams());
    },
  });
  new Gauge({
    name: 'pg_missions_listener_connected',
    help: '1 while the connection that hears notifications stands',
    registers,
    collect() {
      this.set(listening() ? 1 : 0);
    },
  });
  new Counter({
    name: 'pg_missions_engine_restarts_total',
    help: 'How often the embedded database was lost, as by a statement that did not end, and opened again',
    registers,
    collect() {
      this.reset();
      this.inc(engineRestarts());
    },
  });

  if (modelDown) {
    new Gauge({
      name: 'pg_missions_model_down',
      help: '1 while the model server does not answer, and no calls are made but one at a time to test it',
      registers,
      collect() {
        this.set(modelDown() ? 1 : 0);
      },
    });
  }

  return {
    claimed(claimed) {
      claims.inc(claimed.length);
      active.inc(claimed.length);
      for (const { attempt, waitedMs } of claimed) {
        if (attempt === 1 && waitedMs !== null) wake.observe(Math.max(0, waitedMs) / 1_000);
      }
    },
    finished(finished, seconds) {
      active.dec();
      plans.observe({ result: finished.result }, seconds);
      if (finished.result === 'retrying') retries.inc({ reason: finished.reason });
    },
    modelCalled({ inputTokens, outputTokens, durationMs }) {
      calls.observe(durationMs / 1_000);
      tokens.inc({ direction: 'input' }, inputTokens ?? 0);
      tokens.inc({ direction: 'output' }, outputTokens ?? 0);
    },
    pushed(changes, foldSeconds) {
      pushSize.observe(changes);
      fold.observe(foldSeconds);
    },
    requested({ method, route, status }, seconds) {
      // Whoever asks chooses the method: one that nobody knows makes no series of its own.
      const labels = { method: METHODS.has(method) ? method : 'other', route: route ?? 'none', status };
      requests.observe(labels, seconds);
    },
    async expose() {
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}
