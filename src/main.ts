import { existsSync } from 'node:fs';
import { pino } from 'pino';
import { readConfig, usesTokens } from './config.ts';
import { serveStore } from './database/pglite/serve-store.ts';
import { refuseLockedStore } from './database/pglite/store-directory.ts';
import { describeError } from './describe-error.ts';
import { findOllamaModel, ollamaLines } from './planner/find-ollama.ts';
import type { Service } from './service.ts';

/** A stop that takes longer than this is ended: what was claimed lapses with its lease and is planned again. */
const STOP_MS = 9_500;

const startedBy = process.ppid;
if (existsSync('.env')) process.loadEnvFile('.env');
const read = readConfig(process.env);
if (!read.ok) {
  console.error(
    `pg-missions cannot start. ${read.problems.length === 1 ? 'One setting is' : 'Some settings are'} wrong:`,
  );
  for (const problem of read.problems) console.error(`  - ${problem}`);
  process.exit(1);
}
const { config } = read;
const log = pino({ level: config.LOG_LEVEL });

let service: Service;
try {
  if (config.DATABASE_URL === undefined) refuseLockedStore(config.DATA_DIR);
  // Most of a start is that the embedded engine boots, in its own thread, and that this one loads the service.
  const opening = serveStore(config, log);
  const [{ startService }] = await Promise.all([import('./service.ts'), opening]);
  service = await startService(config, log, opening);
} catch (error) {
  console.error(`pg-missions cannot start: ${explain(error)}`);
  process.exit(1);
}

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
// Of a signal to npm only npm's shell hears, and dies without passing it on: `npm start` ends when that shell is gone.
if (process.env.npm_lifecycle_event !== undefined) {
  setInterval(() => process.ppid !== startedBy && !stopping && stop(), 250).unref();
}

console.log(`pg-missions ${service.url}`);
console.log(`  API       ${service.url}/docs`);
console.log(`  database  ${config.DATABASE_URL ? 'Postgres (DATABASE_URL)' : `embedded, in ${config.DATA_DIR}`}`);
if (config.DATABASE_REPLICA_URL) console.log('  replica   pulls and streams read from DATABASE_REPLICA_URL');
if (config.ROLE === 'runner')
  console.log('  role      runner: it plans, and answers /health, /livez, /readyz and /metrics only');
else
  console.log(
    usesTokens(config)
      ? `  users     whoever bears a token: a JWT signed ${config.AUTH_JWKS_URL ? 'by a key of AUTH_JWKS_URL' : 'with AUTH_JWT_SECRET'}`
      : `  user      "${service.singleUser}", the only one: no tokens are configured, so only this machine is served`,
  );
if (service.plannerModel === null) {
  console.log('  planner   none in this process (ROLE=api); another with ROLE=runner plans');
} else if (service.plannerModel === 'outline') {
  console.log('  planner   outline: no model is configured; open checklist items become tasks, dated lines events');
  const model = await findOllamaModel();
  if (model) console.log(`            an Ollama server answers here; to plan with it: ${ollamaLines(model)}`);
} else {
  console.log(`  planner   ${service.plannerModel}`);
}

/** Stops cleanly; a second call ends the process at once. */
function stop(): void {
  if (stopping) process.exit(1);
  stopping = true;
  setTimeout(() => process.exit(1), STOP_MS);
  service.stop().then(
    () => process.exit(0),
    (error) => {
      log.error({ failure: describeError(error) }, 'the stop did not go cleanly');
      process.exit(1);
    },
  );
}

/** The message for a person, and below it that of each cause. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') return `port ${config.PORT} is in use; set PORT to another one`;
  const message = error.message || ('code' in error ? String(error.code) : error.name);
  return error.cause ? `${message}\n  because: ${explain(error.cause)}` : message;
}
