// A runner in a process of its own, for tests that kill it: DATABASE_URL and MODEL_URL come from the environment.
import { pino } from 'pino';
import { systemClock } from '../../src/clock.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { choosePlanner } from '../../src/planner/choose-planner.ts';
import { createRunner } from '../../src/runner/runner.ts';

const { DATABASE_URL = '', MODEL_URL = '' } = process.env;

await createRunner({
  db: openPostgres({ connectionString: DATABASE_URL, poolSize: 4, onError: () => {} }),
  planner: choosePlanner(
    { LLM_BASE_URL: MODEL_URL, LLM_MODEL: 'scripted', LLM_TIMEOUT_SECONDS: 60, LLM_MAX_OUTPUT_TOKENS: 8_192 },
    defaultRegistry,
  ),
  registry: defaultRegistry,
  clock: systemClock,
  random: Math.random,
  log: pino({ level: 'silent' }),
  name: `child ${process.pid}`,
  concurrency: 10,
  perUser: 10,
  leaseMs: 30_000,
  sweepMs: 30_000,
  stopGraceMs: 1_000,
  maxAttempts: 5,
  budget: { call: 40_960, userCalls: 1_000, userTokens: 1e12, missionTokens: 1e12 },
}).start();
