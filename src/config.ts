import { isIP } from 'node:net';
import { z } from 'zod';
import { type Budget, callTokens, FIRST_PROMPT_BYTES } from './core/planning/budget.ts';
import { splitHosts } from './database/postgres/split-hosts.ts';
import { isOffLimits } from './outbound/is-off-limits.ts';

/** Their values are never shown: keys, and URLs that may bear a password. */
const SECRETS = new Set([
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'DATABASE_REPLICA_URL',
  'AUTH_JWKS_URL',
  'AUTH_JWT_SECRET',
  'LLM_BASE_URL',
  'LLM_API_KEY',
  'SERVICE_KEY',
]);
/** The one user of a service without tokens. */
export const SINGLE_USER = 'local';

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];
/** Requests per user and minute of a service that has several. */
const DEFAULT_RATE = 600;

const url = (protocols: RegExp, mend: string) =>
  z.string().refine((value) => URL.canParse(value) && protocols.test(new URL(value).protocol), `is not ${mend}`);
const POSTGRES = /^postgres(ql)?:$/;
/** What may be asked of the server, in libpq's words. */
const WRITABLE = new Set(['read-write', 'primary']);
/** A Postgres URL; with several hosts the one that takes writes is meant, and no other. */
const postgresUrl = z
  .string()
  .refine(
    (value) => splitHosts(value).every((host) => URL.canParse(host) && POSTGRES.test(new URL(host).protocol)),
    'is not a Postgres URL; write postgres://user:password@host:5432/database, or several hosts as host:5432,host:5432',
  )
  .refine((value) => {
    const [host = ''] = splitHosts(value);
    const wanted = URL.canParse(host) ? new URL(host).searchParams.get('target_session_attrs') : null;
    return wanted === null || WRITABLE.has(wanted);
  }, 'has a target_session_attrs that is not read-write: of several hosts the service needs the one that takes writes');
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `is less than ${min}`).max(max, `is more than ${max}`));

const environmentSchema = z.object({
  /** What this process does of the service: serves people (`api`), plans (`runner`), or both. */
  ROLE: z.enum(['all', 'api', 'runner'], { error: 'is not one of all, api, runner' }).default('all'),
  /** Where the service listens. Without tokens it serves one user, and only this machine. */
  HOST: z
    .string()
    .refine(
      (value) => isIP(value) !== 0 || /^[a-z0-9][a-z0-9.-]*$/i.test(value),
      'is not an address or a host name; write 0.0.0.0 or :: to listen on all addresses',
    )
    .default('127.0.0.1'),
  PORT: integer(0, 65_535).default(3067),
  /** Whose public keys sign the users' tokens. */
  AUTH_JWKS_URL: z
    .string()
    .refine(
      isKeyUrl,
      'is not an https URL without user and password (http only on loopback); write for example https://login.example/.well-known/jwks.json',
    )
    .refine(mayBeAsked, 'is a link-local (169.254.x.x) or multicast address, where no keys can be')
    .optional(),
  /** The secret that signs the users' tokens, where one party both issues and checks them. */
  AUTH_JWT_SECRET: z
    .string()
    .refine(
      (value) => Buffer.byteLength(value) >= 32,
      'is shorter than 32 bytes; make one with: openssl rand -base64 48',
    )
    .optional(),
  AUTH_ISSUER: z.string().optional(),
  AUTH_AUDIENCE: z.string().optional(),
  /** The origins of web pages, other than the service's own, that may use it. */
  CORS_ORIGINS: z
    .string()
    .transform((value) => [...new Set(value.split(',').map((origin) => origin.trim()))])
    .refine(
      (origins) => origins.every(isOrigin),
      'is not a list of exact origins; write for example https://app.example,http://localhost:5173 (no path, no slash at the end, no *)',
    )
    .default([]),
  /** Requests per user and minute; 0: no limit, which is what a service without tokens has unless told. */
  RATE_LIMIT_PER_MINUTE: integer(0, 1_000_000).optional(),
  /** Requests of a user that may come at once; a minute's worth unless told. */
  RATE_LIMIT_BURST: integer(1, 1_000_000).optional(),
  /** A Postgres, 15 to 18; of several hosts the one that takes writes. Without it the database is embedded, in DATA_DIR. */
  DATABASE_URL: postgresUrl.optional(),
  /** For LISTEN, when DATABASE_URL leads through a transaction pooler. */
  DATABASE_DIRECT_URL: postgresUrl.optional(),
  /** A hot standby, for pulls and streams to read from. */
  DATABASE_REPLICA_URL: url(
    POSTGRES,
    'a Postgres URL of one host; write postgres://user:password@host:5432/database',
  ).optional(),
  DATABASE_POOL_SIZE: integer(2, 500).default(10),
  DATA_DIR: z.string().default('./data'),
  /** An OpenAI-compatible server. Without it the outline planner plans, with no network. */
  LLM_BASE_URL: url(/^https?:$/, 'an HTTP URL; write for example http://127.0.0.1:11434/v1')
    .refine(
      (value) => !URL.canParse(value) || (new URL(value).username === '' && new URL(value).password === ''),
      'bears a user or a password, with which no request can be sent; put the key into LLM_API_KEY',
    )
    .refine((value) => !/[?#]/.test(value), 'bears a query or a fragment, behind which no path can be added')
    .refine(mayBeAsked, 'is a link-local (169.254.x.x) or multicast address, where no model server can be')
    .optional(),
  LLM_API_KEY: z.string().optional(),
  LLM_MODEL: z.string().optional(),
  LLM_TIMEOUT_SECONDS: integer(1, 3_600).default(120),
  /** For one answer; sent to the model as its limit, and reserved before each call. */
  LLM_MAX_OUTPUT_TOKENS: integer(256, 1_000_000).default(8_192),
  /** What stops runaway spend, for a day (UTC): calls and tokens of a user, tokens of a mission. */
  LLM_DAILY_CALLS: integer(1, 1_000_000).default(500),
  LLM_DAILY_TOKENS: integer(1, 1_000_000_000_000).default(5_000_000),
  LLM_MISSION_DAILY_TOKENS: integer(1, 1_000_000_000_000).default(1_000_000),
  RUNNER_CONCURRENCY: integer(1, 1_000).default(10),
  RUNNER_PER_USER: integer(1, 1_000).default(3),
  /** Opens POST /internal/tick. */
  SERVICE_KEY: z.string().min(16, 'is shorter than 16 characters').optional(),
  LOG_LEVEL: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'], {
      error: 'is not one of silent, error, warn, info, debug',
    })
    .default('info'),
});

export type Config = z.infer<typeof environmentSchema> & { RATE_LIMIT_PER_MINUTE: number; RATE_LIMIT_BURST: number };
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
  if (parsed.success) problems.push(...capProblems(parsed.data));
  for (const name of ['DATABASE_DIRECT_URL', 'DATABASE_REPLICA_URL'] as const) {
    if (given[name] && !given.DATABASE_URL) problems.push(`${name} is set, but DATABASE_URL is not`);
  }
  if ((given.ROLE === 'api' || given.ROLE === 'runner') && !given.DATABASE_URL) {
    problems.push(
      `ROLE is ${given.ROLE}, but the embedded database serves one process; set DATABASE_URL as well, or ROLE=all`,
    );
  }
  problems.push(...tokenProblems(given));
  if (!parsed.success || problems.length > 0) return { ok: false, problems };

  const perMinute = parsed.data.RATE_LIMIT_PER_MINUTE ?? (usesTokens(parsed.data) ? DEFAULT_RATE : 0);
  if (perMinute === 0 && given.RATE_LIMIT_BURST) {
    return { ok: false, problems: ['RATE_LIMIT_BURST is set, but there is no limit; set RATE_LIMIT_PER_MINUTE'] };
  }
  const burst = parsed.data.RATE_LIMIT_BURST ?? perMinute;
  return { ok: true, config: { ...parsed.data, RATE_LIMIT_PER_MINUTE: perMinute, RATE_LIMIT_BURST: burst } };
}

/** The caps on calls of a model, and what is reserved for the first call of a plan. */
export function budgetOf(config: z.infer<typeof environmentSchema>): Budget {
  return {
    call: callTokens(FIRST_PROMPT_BYTES, config.LLM_MAX_OUTPUT_TOKENS),
    userCalls: config.LLM_DAILY_CALLS,
    userTokens: config.LLM_DAILY_TOKENS,
    missionTokens: config.LLM_MISSION_DAILY_TOKENS,
  };
}

function capProblems(config: z.infer<typeof environmentSchema>): string[] {
  const { call } = budgetOf(config);
  return (['LLM_DAILY_TOKENS', 'LLM_MISSION_DAILY_TOKENS'] as const)
    .filter((name) => config[name] < call)
    .map((name) => `${name} "${config[name]}" is less than the ${call} tokens that are reserved for one call`);
}

/** Whether each request must bear a token. Without, the service has one user, and serves only its machine. */
export function usesTokens({ AUTH_JWKS_URL, AUTH_JWT_SECRET }: Given<'AUTH_JWKS_URL' | 'AUTH_JWT_SECRET'>): boolean {
  return Boolean(AUTH_JWKS_URL || AUTH_JWT_SECRET);
}

type Given<Name extends string = string> = { [key in Name]?: string | undefined };

function tokenProblems(given: Given): string[] {
  if (usesTokens(given)) {
    return given.AUTH_JWKS_URL && given.AUTH_JWT_SECRET
      ? ['AUTH_JWKS_URL and AUTH_JWT_SECRET are both set; set the one that your tokens are signed with']
      : [];
  }
  const problems = ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'CORS_ORIGINS']
    .filter((name) => given[name])
    .map((name) => `${name} is set, but the service has no tokens; set AUTH_JWKS_URL or AUTH_JWT_SECRET as well`);
  // A runner serves nobody's data.
  if (given.HOST && !LOOPBACK.includes(given.HOST) && given.ROLE !== 'runner') {
    problems.unshift(
      `HOST ${JSON.stringify(given.HOST)} is not a loopback address (${LOOPBACK.slice(0, -1).join(', ')} or ${LOOPBACK.at(-1)}); the service has no tokens, so it serves only this machine; to serve others set AUTH_JWKS_URL or AUTH_JWT_SECRET`,
    );
  }
  return problems;
}

function isKeyUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  const isLoopback = LOOPBACK.includes(hostname) || hostname === '[::1]';
  return (protocol === 'https:' || (protocol === 'http:' && isLoopback)) && username === '' && password === '';
}

/** Of an address that is written as one; what names lead to is looked up each time. */
function mayBeAsked(value: string): boolean {
  return !URL.canParse(value) || !isOffLimits(new URL(value).hostname);
}

function isOrigin(value: string): boolean {
  return /^https?:[^*]+$/.test(value) && URL.canParse(value) && new URL(value).origin === value;
}
