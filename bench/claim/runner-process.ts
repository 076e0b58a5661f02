/** A runner as it runs in production, with a planner that answers at once. */
import { sql } from 'drizzle-orm';
import pino from 'pino';
import type { Planner } from '../../src/core/planning/planner.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { createBenchRunner, TWO_STEPS } from '../harness/bench-runner.ts';
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

const planner: Planner = {
  model: 'bench',
  needsDecidedSteps: false,
  plan: async () => ({ ok: true, plan: TWO_STEPS }),
};

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
    /** Looks in a row that found nothing: the first may have begun before the last plans were recorded, so one more is made. */
    let emptyLooks = 0;
    let end = () => {};
    const isOver = new Promise<void>((resolve) => {
      end = resolve;
    });
    const runner = createBenchRunner({
      db,
      planner,
      metrics: {
        modelCalled() {},
        claimed(claims) {
          active += claims.length;
          emptyLooks = active === 0 ? emptyLooks + 1 : 0;
          if (emptyLooks === 1) void runner.sweep();
          if (emptyLooks === 2) end();
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
      concurrency: CONCURRENCY,
      perUser,
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
