/** The service as it runs in production, from the listener to the planner, with a planner that notes when it is called. */
import pino from 'pino';
import type { Planner, PlanRequest } from '../../src/core/planning/planner.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import type { Runner } from '../../src/runner/runner.ts';
import { createBenchRunner, TWO_STEPS } from '../harness/bench-runner.ts';
import { type ClockCalls, monotonic } from '../harness/monotonic.ts';
import { serveWorker } from '../harness/worker.ts';

/** When the planner was called, in microseconds, and what it was given. */
export interface Begun {
  at: number;
  title: string;
  inputs: number;
  iterations: number;
  steps: number;
}

export interface WakeServiceCalls extends ClockCalls {
  /** Starts a runner and waits until it listens. */
  start(): Promise<void>;
  stop(): Promise<void>;
  next(): Promise<Begun>;
  /** Plans what is waiting and waits until nothing is, listening or not. Each row leaves the database alike. */
  settle(): Promise<void>;
}

const log = pino({ level: 'warn' }, pino.destination(2));
const db = openPostgres({
  connectionString: process.argv[2]!,
  poolSize: 10,
  onError: (error) => log.error(error),
});
let onBegun: (begun: Begun) => void = () => {};

const planner: Planner = {
  model: 'bench',
  needsDecidedSteps: false,
  async plan(request: PlanRequest) {
    const at = monotonic();
    onBegun({
      at,
      title: request.mission.title,
      inputs: request.inputs.length,
      iterations: request.iterations.length,
      steps: request.iterations.reduce((sum, iteration) => sum + iteration.steps.length, 0),
    });
    return { ok: true, plan: TWO_STEPS };
  },
};

let runner = newRunner();

serveWorker<WakeServiceCalls>({
  readClock: monotonic,
  async start() {
    runner = newRunner();
    await runner.start();
    while (!runner.listening()) await new Promise((resolve) => setImmediate(resolve));
  },
  async stop() {
    await runner.stop();
    runner = newRunner();
  },
  next() {
    return new Promise((resolve) => {
      onBegun = resolve;
    });
  },
  async settle() {
    onBegun = () => {};
    const { errors } = await runner.sweep();
    if (errors > 0) throw new Error('a plan could not be recorded');
  },
});

function newRunner(): Runner {
  return createBenchRunner({ db, planner });
}
