import pino from 'pino';
import { systemClock } from '../../src/clock.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import type { Plan } from '../../src/core/planning/planner.ts';
import { createRunner, type Runner, type RunnerOptions } from '../../src/runner/runner.ts';

/** What the planners of the benches answer with, at once. */
export const TWO_STEPS: Plan = {
  summary: 'Two steps towards the trip',
  steps: ['Book the ferry to Split', 'Ask Ana which weekend suits her'].map((title) => ({
    toolName: 'create_task',
    params: { title },
    rationale: 'The concept names it as the next thing to do, and nothing on the list covers it yet.',
    summary: title,
  })),
};

type Chosen = Pick<RunnerOptions, 'db' | 'planner'> & Partial<RunnerOptions>;

/** A runner as it runs in production, but for what a bench chooses. */
export function createBenchRunner(chosen: Chosen): Runner {
  return createRunner({
    registry: defaultRegistry,
    clock: systemClock,
    random: Math.random,
    log: pino({ level: 'warn' }, pino.destination(2)),
    name: `bench ${process.pid}`,
    maxAttempts: 5,
    budget: { call: 40_960, userCalls: 1e6, userTokens: 1e12, missionTokens: 1e12 },
    concurrency: 10,
    perUser: 3,
    leaseMs: 30_000,
    sweepMs: 30_000,
    stopGraceMs: 5_000,
    ...chosen,
  });
}
