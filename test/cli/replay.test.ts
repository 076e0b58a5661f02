import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { planOf, scriptedPlanner, testRunner, writeMission } from '../support/missions.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { runInTest } from './run-in-test.ts';

let engine: TestEngine;
let model: ModelServer;
const USER_ID = 'local';

beforeAll(async () => {
  engine = await openTestPostgres();
  model = await startModelServer();
  await writeMission(engine.db, USER_ID, 'm1');
  model.script(planOf('Call the agent'));
  const runner = testRunner({ db: engine.db, planner: scriptedPlanner(model), clock: fakeClock() });
  await runner.sweep();
  await runner.stop();
});
afterAll(async () => {
  await engine?.close();
  await model?.close();
});

const replay = (args: string[], env = {}) => runInTest(['replay', ...args], { DATABASE_URL: engine.url, ...env });

test('the same plan ends with 0', async () => {
  const { exitCode, stdout } = await replay(['m1-1']);
  expect(stdout).toMatch(/m1-1, on the log up to position 1\n {2}then +scripted\n/);
  expect(stdout).toContain('the same plan');
  expect(exitCode).toBe(0);
});

test('another plan ends with 1, and says what is other', async () => {
  model.script(planOf('Call \u001b[2Jthe landlord'));
  const { exitCode, stdout } = await replay(['m1-1', '--model', 'bigger'], { LLM_BASE_URL: model.url, LLM_MODEL: 'x' });
  expect(exitCode).toBe(1);
  expect(model.requests.at(-1)?.body.model).toBe('bigger');
  expect(stdout).toContain('- Call the agent');
  expect(stdout).toContain('+ Call \\x1b[2Jthe landlord');
});

test('--json prints one object', async () => {
  const { stdout } = await replay(['m1-1', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ iterationId: 'm1-1', difference: { same: true } });
});

test.each([
  [['m1-2'], {}, 1, 'Did you mean m1-1?'],
  [['m1-\u001b[2J'], {}, 1, 'm1-\\x1b[2J'],
  [['m1-1', '--user', 'nobody'], {}, 1, 'no log of "nobody"'],
  [['m1-1'], { AUTH_JWT_SECRET: 'x'.repeat(40) }, 2, '--user'],
  [['m1-1', '--model', 'x'], {}, 2, 'LLM_BASE_URL'],
  [[], {}, 2, 'missing required argument'],
])('%j is refused with a mend', async (args, env, expected, message) => {
  const { exitCode, stderr } = await replay(args, env);
  expect(exitCode).toBe(expected);
  expect(stderr).toContain(message);
});
