// `show` without a name: what keeps a mission from being planned.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendChanges } from '../../src/database/append-changes.ts';
import { withUser } from '../../src/database/database.ts';
import { missionSummarySchema } from '../../src/missions/mission-view.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { planOf, scriptedPlanner, testRunner, writeMission } from '../support/missions.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { runInTest } from './run-in-test.ts';

const USER_ID = 'local';
let engine: TestEngine;
let model: ModelServer;
beforeAll(async () => {
  engine = await openTestPostgres();
  model = await startModelServer();
  const { db } = engine;
  const clock = fakeClock(new Date(`${new Date().toISOString().slice(0, 10)}T00:00:05Z`));
  const runner = testRunner({ db, planner: scriptedPlanner(model), clock });
  model.setDefault(planOf('A'));
  await writeMission(db, USER_ID, 'done', { title: 'Planned' });
  await runner.sweep();
  await writeMission(db, USER_ID, 'small', { title: 'Own cap', dailyTokens: 1_000 });
  await runner.sweep();
  await writeMission(db, USER_ID, 'killer', { title: 'Kills', cadence: { kind: 'daily', atHour: 9, atMinute: 0 } });
  await testRunner({ db, planner: scriptedPlanner(model), clock, maxAttempts: 0 }).sweep();
  model.setDefault({ status: 503 });
  await writeMission(db, USER_ID, 'away', { title: 'Model away' });
  await runner.sweep();
  await runner.stop();
});
afterAll(async () => {
  await model?.close();
  await engine?.close();
});

const run = (...args: string[]) => runInTest(args, { DATABASE_URL: engine.url });

test('lists all missions, and says of each why it waits, until when and what helps', async () => {
  const { exitCode, stdout, stderr } = await run('show');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')).toBe(`Model away  away
  active, retrying: no answer from the model at <time> (model_unavailable: The model server answered with an error (503).); asked again <time>
Kills  killer
  active, quarantined: no attempt of 0 came to an end; edit it or ask for a plan (POST /api/missions/<id>/run)
Own cap  small
  active, held by ownTokens: 0 of 1000 tokens of the day are spent or reserved, the next call needs 40960; raise the mission's dailyTokens
Planned  done
  active, idle, 1 to decide
`);
});

test('with --json each is what the API answers', async () => {
  const { stdout } = await run('show', '--json');
  const missions = stdout
    .trim()
    .split('\n')
    .map((line) => missionSummarySchema.parse(JSON.parse(line)));
  expect(missions.map(({ id, planning }) => [id, planning])).toEqual([
    ['away', 'retrying'],
    ['killer', 'idle'],
    ['small', 'held'],
    ['done', 'idle'],
  ]);
  expect(missions[1]?.latestIteration?.error?.reason).toBe('attempts_exhausted');
  expect(missions[1]?.nextRunAt).toBeNull();
  expect(missions[2]?.held).toMatchObject({ cap: 'ownTokens', limit: 1_000, until: expect.any(String) });
});

test('one mission says the same, but not as it was: that is not in the log', async () => {
  expect((await run('show', 'small')).stdout).toMatch(/^ {2}planning +held by ownTokens/m);
  expect((await run('show', 'small', '--at', '99')).exitCode).not.toBe(0);
  const { stdout } = await run('show', 'small', '--at', '2999-01-01');
  expect(stdout).toContain('Own cap');
  expect(stdout).not.toMatch(/^ {2}planning/m);
});

test('a title moves no cursor, and a moment without a name is refused', async () => {
  await withUser(engine.db, 'other', (tx) =>
    appendChanges(tx, 'other', [
      {
        ...{
          appId: 'ai',
          tableName: 'aiMissions',
          recordId: 'x',
          op: 'insert' as const,
          actor: { kind: 'user' as const },
        },
        data: { title: 'a\u001b[2Jb', objective: 'o', state: 'paused' },
      },
    ]),
  );
  const { stdout } = await run('show', '--user', 'other');
  expect(stdout).not.toContain('\u001b[2J');
  expect(stdout).toContain('paused, idle');
  expect(await run('show', '--at', '3')).toMatchObject({ exitCode: 2, stdout: '' });
});
