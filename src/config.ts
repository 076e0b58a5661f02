import { z } from 'zod';

const SECRETS = new Set(['DATABASE_URL', 'DATABASE_DIRECT_URL', 'LLM_API_KEY', 'SERVICE_KEY']);

const url = (protocols: RegExp, mend: string) =>
  z.string().refine((value) => URL.canParse(value) && protocols.test(new URL(value).protocol), `is not ${mend}`);
const integer = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `is less than ${min}`).max(max, `is more than ${max}`))
    .default(fallback);

const environmentSchema = z.object({
  /** Where the service listens. Without tokens it serves one user, and only this machine. */
  HOST: z
    .enum(['127.0.0.1', 'localhost', '::1'], {
      error:
        'is not a loopback address (127.0.0.1, localhost or ::1); the service has no tokens, so it serves only this machine',
    })
    .default('127.0.0.1'),
  PORT: integer(0, 65_535, 3067),
  /** A Postgres, 15 to 18. Without it the database is embedded, in DATA_DIR. */
  DATABASE_URL: url(/^postgres(ql)?:$/, 'a Postgres URL; write postgres://user:password@host:5432/database').optional(),
  /** For LISTEN, when DATABASE_URL leads through a transaction pooler. */
  DATABASE_DIRECT_URL: url(
    /^postgres(ql)?:$/,
    'a Postgres URL; write postgres://user:password@host:5432/database',
  ).optional(),
  DATABASE_POOL_SIZE: integer(2, 500, 10),
  DATA_DIR: z.string().default('./data'),
  /** An OpenAI-compatible server. Without it the outline planner plans, with no network. */
  LLM_BASE_URL: url(/^https?:$/, 'an HTTP URL; write for example http://127.0.0.1:11434/v1').optional(),
  LLM_API_KEY: z.string().optional(),
  LLM_MODEL: z.string().optional(),
  LLM_TIMEOUT_SECONDS: integer(1, 3_600, 120),
  /** Model calls per user in any 24 hours: what stops runaway spend. */
  LLM_DAILY_CALLS: integer(1, 1_000_000, 500),
  RUNNER_CONCURRENCY: integer(1, 1_000, 10),
  RUNNER_PER_USER: integer(1, 1_000, 3),
  /** Opens POST /internal/tick. */
  SERVICE_KEY: z.string().min(16, 'is shorter than 16 characters').optional(),
  LOG_LEVEL: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'], {
      error: 'is not one of silent, error, warn, info, debug',
    })
    .default('info'),
});

export type Config = z.infer<typeof environmentSchema>;
export type ConfigResult = { ok: true; config: Config } | { ok: false; problems: string[] };

/** Reads the environment once and whole. Every problem is listed; the value of a secret is in none of them. */
export function readConfig(environment: Record<string, string | undefined>): ConfigResult {
  // An empty variable is an absent one: that is how a line of .env is switched off.
  const given = Object.fromEntries(
    Object.keys(environmentSchema.shape)
      .map((name) => [name, environment[name]?.trim()])
      .filter(([, value]) => value),
  );
  const parsed = environmentSchema.safeParse(given);
  const problems = (parsed.error?.issues ?? []).map((issue) => {
    const name = String(issue.path[0]);
    const shown = SECRETS.has(name) ? '' : ` ${JSON.stringify(given[name])}`;
    return `${name}${shown} ${issue.message}`;
  });
  if (given.LLM_MODEL && !given.LLM_BASE_URL)
    problems.push('LLM_MODEL is set, but LLM_BASE_URL is not; set both or none');
  if (given.LLM_BASE_URL && !given.LLM_MODEL)
    problems.push('LLM_BASE_URL is set, but LLM_MODEL is not; name the model that the server has');
  if (given.DATABASE_DIRECT_URL && !given.DATABASE_URL)
    problems.push('DATABASE_DIRECT_URL is set, but DATABASE_URL is not');
  return parsed.success && problems.length === 0 ? { ok: true, config: parsed.data } : { ok: false, problems };
}
