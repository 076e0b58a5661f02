import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { systemClock } from '../../src/clock.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { createOutlinePlanner } from '../../src/core/planning/outline.ts';
import type { Planner, PlanOutcome } from '../../src/core/planning/planner.ts';
import { type Database, userSession } from '../../src/database/database.ts';
import type { App, AppDeps } from '../../src/http/app.ts';
import { createApp } from '../../src/http/create-app.ts';
import { readHead } from '../../src/log/read-head.ts';
import { createRunner, type Runner } from '../../src/runner/runner.ts';
import { createChangeHub } from '../../src/sync/change-hub.ts';
import { readHeads } from '../../src/sync/read-heads.ts';
import { type DescribedService, describedService, outcomeOf, undocumented } from './described-service.ts';
import { openTestPglite, type TestEngine } from './engines.ts';
import { readAnswer } from './read-answer.ts';

export const SERVICE_KEY = 'a service key for tests';

export interface TestApp {
  db: Database;
  runner: Runner;
  planner: ScriptedPlanner;
  /** Every line that was logged. */
  logged: string[];
  /** Time for the app and the runner, ahead of the real one by what a test sets. The log's own clock is the database's. */
  clock: { aheadMs: number };
  /** The position of the last change in a person's log. */
  headOf(userId: string): Promise<number>;
  /** Told of each answer what its documentation calls it. */
  onAnswer(outcome: string): void;
  /** The app over the same database with other dependencies. */
  variant(overrides: Partial<AppDeps>): App;
  /** A person nobody else is: a log cannot be emptied between tests. */
  user(app?: App): TestUser;
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** The parsed body; null when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  body: any;
}

export interface TestUser {
  id: string;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  patch(path: string, body: unknown): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** A body that is sent as it is. */
  send(method: string, path: string, init: RequestInit): Promise<Answer>;
}

/** The whole HTTP service on a database of its own, with the real runner; it is woken by `runner.sweep()`. */
export async function startTestApp(
  open: () => Promise<Pick<TestEngine, 'db' | 'headOf' | 'close'>> = openTestPglite,
): Promise<TestApp> {
  const engine = await open();
  const { db } = engine;
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const ahead = { aheadMs: 0 };
  const clock = { ...systemClock, now: () => new Date(Date.now() + ahead.aheadMs) };
  const planner = new ScriptedPlanner();
  const runner = createRunner({
    db,
    planner,
    registry: defaultRegistry,
    clock,
    random: () => 0.5,
    maxAttempts: 3,
    budget: null,
    log,
    name: 'test',
    concurrency: 4,
    perUser: 4,
    leaseMs: 60_000,
    sweepMs: 60_000,
    stopGraceMs: 1_000,
  });
  const deps: AppDeps = {
    db,
    hub: createChangeHub({ clock, log, readHeads: (userIds) => readHeads(db, userIds) }),
    registry: defaultRegistry,
    runner,
    clock,
    log,
    authenticate: async (request) => request.headers.get('x-test-user'),
    serviceKey: SERVICE_KEY,
    ready: async () => ({ database: true, migrations: true, listener: true }),
    guard: 'none',
  };
  const main = createApp(deps);

  const started: TestApp = {
    db,
    runner,
    planner,
    logged,
    clock: ahead,
    headOf: engine.headOf ?? ((userId) => readHead(db, userSession(userId))),
    onAnswer: () => {},
    variant: (overrides) => createApp({ ...deps, ...overrides }),
    user: (app = main) => testUser(app, `user-${randomUUID()}`, (outcome) => started.onAnswer(outcome)),
    async close() {
      await runner.stop();
      await engine.close();
    },
  };
  return started;
}

/** Answers with what a test put in, and plans by the outline of the concept otherwise. */
export class ScriptedPlanner implements Planner {
  readonly model = 'scripted';
  readonly needsDecidedSteps = true;
  readonly outcomes: PlanOutcome[] = [];
  readonly #outline = createOutlinePlanner();

  plan: Planner['plan'] = async (request, session) => this.outcomes.shift() ?? this.#outline.plan(request, session);

  /** The next plan has these steps. */
  propose(...steps: { toolName: string; params: JsonObject }[]): void {
    const planned = steps.map((step) => ({
      ...step,
      rationale: `because of ${step.toolName}`,
      summary: `do ${step.toolName}`,
    }));
    this.outcomes.push({ ok: true, plan: { summary: 'as scripted', steps: planned } });
  }
}

function testUser(app: App, id: string, onAnswer: TestApp['onAnswer']): TestUser {
  const send = async (method: string, path: string, init: RequestInit = {}): Promise<Answer> => {
    const headers = new Headers(init.headers);
    headers.set('X-Test-User', id);
    const response = await readAnswer(await app.request(path, { ...init, method, headers }));
    const { text } = response;
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const answer = {
      status: response.status,
      headers: response.headers,
      body: isJson && text ? JSON.parse(text) : text || null,
    };
    const outcome = await expectDocumented(app, method, path, answer);
    if (outcome) onAnswer(outcome);
    return answer;
  };
  const sendJson = (method: string) => (path: string, body?: unknown) =>
    send(
      method,
      path,
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } },
    );
  return {
    id,
    get: sendJson('GET'),
    post: sendJson('POST'),
    put: sendJson('PUT'),
    patch: sendJson('PATCH'),
    delete: sendJson('DELETE'),
    send,
  };
}

/** Whatever an operation answers must stand in the OpenAPI document: status, code, and every member of the body. */
async function expectDocumented(app: App, method: string, path: string, answer: Answer): Promise<string | null> {
  described ??= describedService(await (await app.request('/openapi.json')).json());
  const operation = described.operationOf(method, path);
  if (!operation) return null;
  const fault = undocumented(operation, method, answer);
  if (fault) throw new Error(`${method} ${path} answered what its documentation does not mention: ${fault}`);
  const problem = answer.status >= 400 && /problem/.test(answer.headers.get('content-type') ?? '');
  return outcomeOf(operation, answer.status, problem ? answer.body.code : undefined);
}

let described: DescribedService | undefined;
