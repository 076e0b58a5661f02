/** A runner as it runs in production, with a planner that answers at once. */
import { sql } from 'drizzle-orm';
import pino from 'pino';
import { systemClock } from '../../src/clock.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import type { Plan, Planner } from '../../src/core/planning/planner.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { createRunner } from '../../src/runner/runner.ts';
import { monotonic } from '../harness/monotonic.ts';
import { serveWorker } from '../harness/worker.ts';

export interface Planned {
  plans: number;
  /** When it began and when the last of these was recorded, in microseconds. */
  from: number;
  until: number;
}

export interface PlanOrder {
  url: string;
  perUser: number;
  /** Ends after so many, or when nothing is left. */
  atMost: number;
}

export interface RunnerCalls {
  plan(order: PlanOrder): Promise<Planned>;
}

const CONCURRENCY = 200;
const log = pino({ level: 'warn' }, pino.destination(2));

const plan: Plan = {
  summary: 'Two steps towards the trip',
  steps: ['Book the ferry to Split', 'Ask Ana which weekend suits her'].map((title) => ({
    toolName: 'create_task',
    params: { title },
    rationale: 'The concept names it as the next thing to do, and nothing on the list covers it yet.',
    summary: title,
  })),
};
const planner: Planner = { model: 'bench', needsDecidedSteps: false, plan: async () => ({ ok: true, plan }) };

serveWorker<RunnerCalls>({
  async plan({ url, perUser, atMost }) {
    const db = openPostgres({
      connectionString: url,
      poolSize: 10,
      onAppended() {},
      onError: (error) => log.error(error),
    });
    await db.run({ role: 'app_runner' }, sql`select next_due_at()`);
    let active = 0;
    let plans = 0;
    let until = 0;
    let failed = false;
    let end = () => {};
    const isOver = new Promise<void>((resolve) => {
      end = resolve;
    });
    const runner = createRunner({
      db,
      planner,
      registry: defaultRegistry,
      clock: systemClock,
      random: Math.random,
      log,
      metrics: {
        modelCalled() {},
        claimed(claims) {
          active += claims.length;
          if (active === 0) end();
        },
        finished({ result }) {
          active -= 1;
          if (plans >= atMost) return;
          failed ||= result !== 'planned';
          until = monotonic();
          plans += 1;
          if (plans === atMost) end();
        },
      },
      name: `bench ${process.pid}`,
      maxAttempts: 5,
      dailyCalls: 1_000_000,
      concurrency: CONCURRENCY,
      perUser,
      leaseMs: 30_000,
      sweepMs: 30_000,
      stopGraceMs: 5_000,
    });
    const from = monotonic();
    await runner.start();
    await isOver;
    await runner.stop();
    await db.close();
    if (failed) throw new Error('a plan could not be recorded');
    return { plans, from, until };
  },
});
