import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli } from '../../src/cli/run-cli.ts';
import { systemClock } from '../../src/clock.ts';
import { USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { createOutlinePlanner } from '../../src/core/planning/outline.ts';
import { type Database, withUser } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open-database.ts';
import { decideProposal } from '../../src/decisions/decide-proposal.ts';
import { CLI } from '../support/cli-process.ts';
import { openTestPostgres, type TestEngine } from '../support/engines.ts';
import { testRunner, write, writeMission } from '../support/missions.ts';
import { runInTest } from './run-in-test.ts';

const USER_ID = 'local';
let engine: TestEngine;
let env: Record<string, string>;

beforeAll(async () => {
  engine = await openTestPostgres();
  env = { DATABASE_URL: engine.url };
  await tellStory(engine.db);
});
afterAll(() => engine?.close());

/**
 * 1 mission, 2 a task of the person's, 3 iteration, 4 and 5 its proposals, 6 and 7 approved and done, 8 and 9 likewise,
 * 10 the person completes the second, 11 renames their own.
 */
async function tellStory(db: Database): Promise<void> {
  const conceptMarkdown = '- [ ] Give notice by 31 March 2027\n- [ ] Compare three movers';
  await writeMission(db, USER_ID, 'lisbon', { title: 'Move to Lisbon', conceptMarkdown });
  await write(db, USER_ID, task('t1', 'insert', { title: 'Buy milk' }));
  const runner = testRunner({ db, planner: createOutlinePlanner(), clock: systemClock });
  await runner.sweep();
  await runner.stop();
  for (const id of ['lisbon-1-0', 'lisbon-1-1']) {
    const deps = { registry: defaultRegistry, userId: USER_ID, now: new Date() };
    await withUser(db, USER_ID, (tx) => decideProposal(tx, deps, id, { decision: 'approve', clientId: 'phone' }));
  }
  await write(db, USER_ID, task('lisbon-1-1', 'update', { completed: true }));
  await write(db, USER_ID, task('t1', 'update', { title: 'Buy oat milk' }));
}

function task(recordId: string, op: Change['op'], data: Change['data']): Change {
  return { appId: 'todo', tableName: 'tasks', recordId, op, data, actor: USER, clientId: 'laptop' };
}

const run = (...args: string[]) => runInTest(args, env);

async function runJson(...args: string[]): Promise<unknown[]> {
  const { exitCode, stdout, stderr } = await run(...args, '--json');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('blame', () => {
  test('answers in one glance why a task is here', async () => {
    const { exitCode, stdout } = await run('blame', 'todo/tasks/lisbon-1-0');
    expect(exitCode).toBe(0);
    const text = stdout.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>').replace(/event [\w-]+/, 'event <id>');
    expect(text).toBe(
      `Give notice  todo/tasks/lisbon-1-0

  title      "Give notice"
  dueDate    "2027-03-31"
  completed  false
  deletedAt  null
      who       ai (outline), in iteration lisbon-1
      mission   Move to Lisbon (lisbon)
      why       Outline: open item in the concept, line 1 ("Give notice by 31 March 2027").
      approved  by the user from the client phone, <time> (proposal lisbon-1-0, change 6)
      when      <time> (change 7, insert, event <id>)
`,
    );
  });

  test('says when a write arrived where that was later than it was made', async () => {
    const made = '2026-01-01T00:00:00.000Z';
    await write(engine.db, 'traveller', { ...task('t1', 'update', { title: 'A' }), fieldTimestamps: { title: made } });
    const { stdout } = await run('blame', 'todo/tasks/t1', 'title', '--user', 'traveller');
    expect(stdout).toMatch(new RegExp(`when {2}${made}, arrived 20\\S+Z \\(change 1, update`));
  });

  test('of one field, with all that was ever written to it', async () => {
    const { stdout } = await run('blame', 'todo/tasks/lisbon-1-1', 'completed', '--all');
    expect(stdout).toContain('who   user from the client laptop');
    expect(stdout).toMatch(/other {2}completed false {2}ai for lisbon, .* change 9/);
    expect(stdout).not.toContain('title');
    expect(await runJson('blame', 'todo/tasks/lisbon-1-1', 'completed')).toMatchObject([
      { id: 'lisbon-1-1', fields: [{ field: 'completed', value: true, position: 10, because: null }] },
    ]);
  });

  test.each([
    ['todo/tasks/lisbon-1-9', 'Did you mean todo/tasks/lisbon-1-0 or todo/tasks/lisbon-1-1?'],
    ['todo/taks/t1', 'Did you mean todo/tasks?'],
    ['todo/tasks/something else', 'there is no record todo/tasks/something else.'],
  ])('an unknown record, %s, is said with what was meant', async (record, message) => {
    const { exitCode, stdout, stderr } = await run('blame', record);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('an unknown field is said with those that there are', async () => {
    const { exitCode, stderr } = await run('blame', 'todo/tasks/t1', 'titel');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('has no field titel. Did you mean title? It has: title, deletedAt.');
  });

  test('what is no record is used wrongly', async () => {
    expect(await run('blame', 't1')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('must be appId/table/id'),
    });
  });
});

describe('show', () => {
  test('a record as it is and as it was', async () => {
    expect((await run('show', 'todo/tasks/t1')).stdout).toContain('"Buy oat milk"  user,');
    expect((await run('show', 'todo/tasks/t1', '--at', '10')).stdout).toContain('"Buy milk"  user,');
  });

  test('a mission with its plans as they were', async () => {
    const statuses = async (...at: string[]) => {
      const [mission] = (await runJson('show', 'lisbon', ...at)) as { iterations: { plan: { status: string }[] }[] }[];
      return mission?.iterations.map(({ plan }) => plan.map(({ status }) => status));
    };
    expect(await statuses('--at', '2')).toEqual([]);
    expect(await statuses('--at', '5')).toEqual([['pending', 'pending']]);
    expect(await statuses('--at', '7')).toEqual([['approved', 'pending']]);
    expect(await statuses()).toEqual([['approved', 'approved']]);
    const { stdout } = await run('show', 'lisbon', '--at', '7');
    expect(stdout).toContain('Move to Lisbon  lisbon');
    expect(stdout).toContain('| - [ ] Compare three movers');
    expect(stdout).toMatch(/pending +lisbon-1-1 {2}Create task "Compare three movers"/);
  });

  test.each([
    [['todo/tasks/t1', '--at', '1'], 1, 'there is no record todo/tasks/t1 at position 1.'],
    [['lisbon', '--at', '0'], 1, 'there is no mission lisbon at position 0.'],
    [['lisbn'], 1, 'there is no mission lisbn. Did you mean lisbon?'],
    [['lisbon', '--at', '99'], 1, '--at 99 is beyond the log, which ends at 11'],
    [['lisbon', '--at', 'yesterday'], 2, '--at yesterday must be a position'],
    [['lisbon', '--at', '2026-02-31'], 2, 'must be a position'],
    [['lisbon', '--at', '-1'], 2, 'must be a position'],
  ])('%j ends with %d: %s', async (args, exitCode, message) => {
    const shown = await run('show', ...args);
    expect(shown).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) });
  });
});

describe('diff', () => {
  test('says per record what changed, and by whom', async () => {
    const { stdout } = await run('diff', '--from', '5', '--to', '11', 'todo/tasks/t1');
    expect(stdout).toMatch(
      /^changed {2}todo\/tasks\/t1 {2}Buy oat milk\n {2}title {2}"Buy milk" -> "Buy oat milk" {2}user,/,
    );
    const diffs = await runJson('diff', '--from', '5', '--to', '9');
    expect(diffs).toMatchObject([
      {
        id: 'lisbon-1-0',
        table: 'aiProposals',
        kind: 'changed',
        fields: [{ field: 'status', before: 'pending' }, {}, {}],
      },
      { id: 'lisbon-1-0', table: 'tasks', kind: 'created', label: 'Give notice' },
      { id: 'lisbon-1-1', table: 'aiProposals', kind: 'changed' },
      {
        id: 'lisbon-1-1',
        table: 'tasks',
        kind: 'created',
        fields: [{ by: { position: 9, actor: { kind: 'ai' } } }, {}],
      },
    ]);
  });

  test('Ctrl-C ends it', async () => {
    const args = ['diff', '--from', '0', '--to', '11'];
    expect(await runInTest(args, env, AbortSignal.abort())).toMatchObject({ exitCode: 130, stdout: '' });
  });

  test('nothing differs, and says so', async () => {
    const { exitCode, stdout, stderr } = await run('diff', '--from', '9', '--to', '9');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toContain('nothing differs between the positions 9 and 9');
  });

  test.each([
    [['--from', '9', '--to', '5'], 2, '--from (position 9) comes after --to (position 5)'],
    [['--from', '0', '--to', '12'], 1, '--to 12 is beyond the log'],
    [['--from', '1'], 2, "required option '--to"],
  ])('%j ends with %d: %s', async (args, exitCode, message) => {
    expect(await run('diff', ...args)).toMatchObject({ exitCode, stderr: expect.stringContaining(message) });
  });
});

describe('log tail', () => {
  test('of a record, and of a mission with all that is its', async () => {
    const positions = async (...args: string[]) =>
      ((await runJson('log', 'tail', ...args)) as { position: number }[]).map(({ position }) => position);
    expect(await positions('-n', '2')).toEqual([10, 11]);
    expect(await positions('--record', 'todo/tasks/t1')).toEqual([2, 11]);
    expect(await positions('--mission', 'lisbon')).toEqual([1, 3, 4, 5, 6, 7, 8, 9]);
    expect(await positions('--mission', 'lisbon', '-n', '3')).toEqual([7, 8, 9]);
  });

  test('what there is not is said', async () => {
    expect(await run('log', 'tail', '--mission', 'lisbn')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Did you mean lisbon?'),
    });
    expect(await run('log', 'tail', '--record', 'todo/tasks/t2')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Did you mean todo/tasks/t1?'),
    });
  });

  test('--follow prints what comes, from other connections too, and ends quietly with Ctrl-C', async () => {
    const user = 'follower';
    const interrupt = new AbortController();
    let printed = '';
    const stdout = new Writable({
      write(chunk, _, done) {
        printed += String(chunk);
        done();
      },
    });
    let told = '';
    const stderr = new Writable({
      write(chunk, _, done) {
        told += String(chunk);
        done();
      },
    });
    const args = ['log', 'tail', '--follow', '--user', user, '--record', 'todo/tasks/t1'];
    const following = runCli(args, { env, stdout, stderr, signal: interrupt.signal });
    await vi.waitUntil(() => told.includes('the log is empty'), { timeout: 60_000 });
    for (let n = 1; n <= 3; n++) {
      await write(engine.db, user, task('t1', 'update', { title: `title ${n}` }), task('t2', 'update', { title: 'x' }));
      await vi.waitUntil(() => printed.includes(`title ${n}`), { timeout: 60_000 });
    }
    interrupt.abort();
    expect(await following).toBe(0);
    expect(told).toBe('the log is empty\n');
    expect(printed.trim().split('\n')).toHaveLength(3);
  });
});

test.each([
  ['show', 'lisbon'],
  ['diff', '--from', '0', '--to', '0'],
  ['blame', 'todo/tasks/t1'],
  ['undo', '1..1'],
  ['log', 'tail'],
  ['replay', 'lisbon-1'],
])('%s of an unknown user is told, with the one that may have been meant', async (...args) => {
  expect(await run(...args, '--user', `${USER_ID}x`)).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringContaining(`there is no log of "${USER_ID}x". Did you mean ${USER_ID}?`),
  });
});

test('whoever stops reading ends it without a word', async () => {
  const user = 'long';
  await write(engine.db, user, ...Array.from({ length: 500 }, (_, n) => task(`t${n}`, 'insert', { title: `${n}` })));
  const [node, program] = CLI;
  const child = spawn(node, [program, 'log', 'tail', '--user', user, '-n', '500'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    told += text;
  });
  const [code] = await once(child, 'close');
  expect({ code, told }).toEqual({ code: 141, told: '' });
});

describe('undo', () => {
  test('tells first, does it with --yes, and can be taken back itself', async () => {
    const dry = await run('undo', 'lisbon-1');
    expect(dry.stdout).toMatch(
      /^Give notice {2}todo\/tasks\/lisbon-1-0 {2}is deleted\nCompare three movers {2}todo\/tasks\/lisbon-1-1 {2}is left\n {2}completed {2}true stays: user, .*, change 10\nnothing was done yet; do it with: pg-missions undo lisbon-1 --yes\n$/,
    );
    expect(await run('undo', 'lisbon-1')).toEqual(dry);
    expect((await run('undo', 'lisbon-1', '--yes')).stdout).toContain('undo it again with: pg-missions undo 12..12');
    expect((await run('show', 'todo/tasks/lisbon-1-0')).stdout).toContain('deleted 20');
    expect((await run('undo', 'lisbon-1-0', '--yes')).stdout).toContain('nothing of lisbon-1-0 is left to take back');
    expect(await runJson('undo', '12..12', '--yes')).toMatchObject([
      { dryRun: false, positions: { from: 13, to: 13 }, records: [{ id: 'lisbon-1-0', outcome: 'brought_back' }] },
    ]);
    expect((await run('show', 'todo/tasks/lisbon-1-0')).stdout).not.toContain('deleted');
  });

  test.each([
    ['lisbon-2', 1, 'there is no iteration and no proposal lisbon-2. Did you mean lisbon-1?'],
    ['5..99', 1, 'position 99 is beyond the log'],
    ['5..3', 2, 'the lower one first'],
    ['0..3', 2, 'from 1 up'],
  ])('%s ends with %d: %s', async (what, exitCode, message) => {
    expect(await run('undo', what, '--yes')).toMatchObject({
      exitCode,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });

  test('an id that is an iteration’s and a proposal’s is not guessed at', async () => {
    const user = 'ambiguous';
    const book = (tableName: string, missionId: string): Change => ({
      ...{ appId: 'ai', tableName, recordId: 'a-1-2', op: 'insert', data: { missionId }, actor: USER },
    });
    await write(engine.db, user, book('aiIterations', 'a-1'), book('aiProposals', 'a'));
    expect(await run('undo', 'a-1-2', '--user', user)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('an iteration of a-1 and a proposal of a'),
    });
  });
});

test('on the embedded database it is the same', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'looking-back-'));
  try {
    const embedded = { DATA_DIR: directory };
    const db = await openDatabase({ ...embedded, DATABASE_POOL_SIZE: 1 }, pino({ level: 'silent' }));
    await tellStory(db);
    await db.close();
    const told = await runInTest(['undo', 'lisbon-1-0', '--yes'], embedded);
    expect(told.stdout).toContain('is deleted\ndone; undo it again with: pg-missions undo 12..12');
    const blamed = await runInTest(['blame', 'todo/tasks/lisbon-1-0', 'deletedAt'], embedded);
    expect(blamed.stdout).toMatch(/todo\/tasks\/lisbon-1-0 {2}deleted\n\n {2}deletedAt {2}"20.*\n {6}who {3}user\n/);
  } finally {
    await rm(directory, { recursive: true });
  }
});
