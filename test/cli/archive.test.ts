import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Change } from '../../src/core/log/change.ts';
import { operatorSession, userSession } from '../../src/database/database.ts';
import { readHead } from '../../src/log/read-head.ts';
import { archiveDirectory, everythingOf } from '../log/archive-world.ts';
import { CLI } from '../support/cli-process.ts';
import { newUser, openTestPostgres, type TestEngine } from '../support/engines.ts';
import { write, writeMission } from '../support/missions.ts';
import { runInTest } from './run-in-test.ts';

const inDirectory = archiveDirectory();
const MAX_RSS_MB = 200;

let engine: TestEngine;
beforeAll(async () => {
  engine = await openTestPostgres();
});
afterAll(() => engine?.close());
const cli = (...args: string[]) => runInTest(args, { DATABASE_URL: engine.url });

test('on a service of its own: from another database in, out again, erased', async () => {
  const env = { DATA_DIR: inDirectory('store') };
  const [file, copy] = [inDirectory('local.zip'), inDirectory('copy.zip')];
  await writeMission(engine.db, 'local', 'm1');
  await write(engine.db, 'local', task('t1'));
  await cli('export', '--user', 'local', '--out', file);
  expect(await runInTest(['export', '--out', copy], env)).toMatchObject({
    exitCode: 1,
    stderr: 'pg-missions: there is no log of "local".\n',
  });
  expect(await runInTest(['import', file], env)).toMatchObject({
    exitCode: 0,
    stdout: 'added 2 changes to the log of local; missions that wait for a plan, as they did then: 1\n',
  });
  expect(await runInTest(['export', '--out', copy], env)).toMatchObject({ exitCode: 0 });
  expect(await cli('import', '--user', 'local', copy)).toMatchObject({
    stdout: 'nothing to add: the log of local has all 2 changes already\n',
  });
  // Even where there is one user, it is named.
  expect(await runInTest(['erase', '--confirm', 'local'], env)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--user'),
  });
  const erased = await runInTest(['erase', '--user', 'local', '--confirm', 'local'], env);
  expect(erased).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('erased local: 2 changes, 2 records') });
});

test.each([
  ['a file that is not there', ['import', 'none.zip'], 1, 'ENOENT'],
  ['no file', ['import'], 2, 'missing required argument'],
  ['a directory that is not there', ['export', '--user', 'local', '--out', '/no/such/place/a.zip'], 1, 'ENOENT'],
])('%s', async (_, args, exitCode, message) => {
  expect(await cli(...args)).toMatchObject({ exitCode, stderr: expect.stringContaining(message), stdout: '' });
});

test('there and back', async () => {
  const [ada, ben] = [newUser(), newUser()];
  await writeMission(engine.db, ada, 'm1');
  await write(engine.db, ada, task('t1'));
  const file = inDirectory('ada.zip');
  expect(await cli('export', '--user', ada, '--out', file)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^exported 2 changes of .* to .*ada.zip\n {2}link 2:[0-9a-f]{64}\n$/),
    stderr: '',
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  expect(await cli('export', '--user', ada, '--out', file)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('exists already'),
  });
  expect(await cli('export', '--user', ada, '--out', file, '--force')).toMatchObject({ exitCode: 0 });
  expect(await cli('import', '--user', ben, file)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(new RegExp(`archive of "${ada}".*--from-another-user`)),
  });
  const imported = await cli('import', '--user', ben, file, '--from-another-user', '--json');
  expect(imported.exitCode).toBe(0);
  expect(JSON.parse(imported.stdout)).toEqual({ file, userId: ben, changes: 2, added: 2, present: 0, queued: 1 });
  expect(await everythingOf(engine.db, ben)).toEqual(await everythingOf(engine.db, ada));
  expect(await cli('import', '--user', ada, file)).toMatchObject({
    exitCode: 0,
    stdout: `nothing to add: the log of ${ada} has all 2 changes already\n`,
  });

  await writeFile(file, (await readFile(file)).subarray(0, 300));
  const damaged = await cli('import', '--user', ben, file);
  expect(damaged).toMatchObject({ exitCode: 1, stdout: '' });
  expect(damaged.stderr).toMatch(/not a whole one.*Nothing was imported\.\n$/);
});

test('an unknown user is told, with the one that may have been meant', async () => {
  await write(engine.db, 'archivist', task('t1'));
  for (const args of [['export'], ['erase'], ['erase', '--confirm', 'archivits']]) {
    expect(await cli(...args, '--user', 'archivits')).toMatchObject({
      exitCode: 1,
      stderr: 'pg-missions: there is no log of "archivits". Did you mean archivist?\n',
    });
  }
});

test('erase does nothing until the user is named twice', async () => {
  const user = newUser();
  await write(engine.db, user, task('t1'), task('t2'));
  for (const confirm of [[], ['--confirm', 'nobody'], ['--confirm', '']]) {
    const outcome = await cli('erase', '--user', user, ...confirm);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stdout).toContain(`${user} has 2 changes, 2 records`);
    expect(outcome.stdout).toContain(`--confirm "${user}"`);
  }
  expect(await readHead(engine.db, userSession(user))).toBe(2);
  const erased = await cli('erase', '--user', user, '--confirm', user, '--json');
  expect(erased.exitCode).toBe(0);
  expect(JSON.parse(erased.stdout)).toMatchObject({
    userId: user,
    erased: true,
    rows: { sync_changes: 2, records: 2 },
  });
  expect(await readHead(engine.db, operatorSession(user))).toBe(0);
});

test('an interrupted export leaves no file', async () => {
  const user = newUser();
  await seed(user, 3_000);
  const directory = inDirectory('interrupted');
  await mkdir(directory);
  const pressed = AbortSignal.abort();
  const args = ['export', '--user', user, '--out', join(directory, 'a.zip')];
  expect(await runInTest(args, { DATABASE_URL: engine.url }, pressed)).toMatchObject({ exitCode: 130 });
  expect(await readdir(directory)).toEqual([]);
});

describe('an import that is ended and given again ends in the same state', () => {
  const user = newUser();
  let file: string;
  beforeAll(async () => {
    file = inDirectory('ended.zip');
    await writeMission(engine.db, user, 'm1');
    await seed(user, 8_000);
    await writeMission(engine.db, user, 'm2');
    expect(await cli('export', '--user', user, '--out', file)).toMatchObject({ exitCode: 0 });
  });

  test.each([
    ['SIGKILL', null],
    ['SIGINT', 130],
  ] as const)('by %s', { timeout: 300_000 }, async (signal, code) => {
    const copy = newUser();
    const into = ['import', '--user', copy, '--from-another-user', file];
    const head = () => readHead(engine.db, userSession(copy));

    const ended = cliProcess(into);
    await vi.waitUntil(async () => (await head()) > 0, { timeout: 240_000, interval: 20 });
    // It takes 500 changes at a time, and from here on waits for the lock of those that come next.
    await engine.db.transaction(userSession(copy), async (tx) => {
      await tx.query(sql`select lock_log()`);
      ended.child.kill(signal);
      if (signal === 'SIGKILL') await ended.exited;
    });
    expect(await ended.exited).toMatchObject({ code });
    expect(await head()).toBeLessThan(8_002);

    expect(await cliProcess(into).exited).toMatchObject({ code: 0 });
    expect(await everythingOf(engine.db, copy)).toEqual(await everythingOf(engine.db, user));
  });
});

test('a log that is larger than all the memory there is to be goes through', { timeout: 600_000 }, async () => {
  const [user, copy] = [newUser(), newUser()];
  // 215 MB of JSON: more than the process may have in all.
  await seed(user, 9_000, 750);
  const file = inDirectory('large.zip');
  const out = await cliProcess(['export', '--user', user, '--out', file]).exited;
  const back = await cliProcess(['import', '--user', copy, '--from-another-user', file]).exited;
  expect([out.code, back.code], out.said + back.said).toEqual([0, 0]);
  expect(Math.max(out.peakMb, back.peakMb)).toBeLessThan(MAX_RSS_MB);
  expect(await readHead(engine.db, userSession(copy))).toBe(9_000);
});

/** A log of so many changes to tasks, each with a note of so many times 32 characters. */
async function seed(user: string, changes: number, length = 1): Promise<void> {
  for (let from = 1; from <= changes; from += 4_000) {
    await engine.db.run(
      userSession(user),
      sql`insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
          select ${user}, 'todo', 'tasks', 't' || n % 5000, 'update',
                 jsonb_build_object('title', md5(n::text), 'note', repeat(md5((-n)::text), ${length}::int)), '{"kind":"user"}'
          from generate_series(${from}::int, ${Math.min(changes, from + 3_999)}::int) n`,
    );
  }
}

/** The command line in a process of its own, and how much memory it had at its peak. */
function cliProcess(args: string[]) {
  const measure = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS));`;
  const [node, program] = CLI;
  const child = spawn(
    node,
    ['--max-old-space-size=96', '--import', `data:text/javascript,${encodeURIComponent(measure)}`, program, ...args],
    { env: { ...process.env, DATABASE_URL: engine.url }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  const exited = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    said,
    peakMb: Number(/peak (\d+)/.exec(said)?.[1] ?? Number.NaN) / 1024,
  }));
  return { child, exited };
}

function task(recordId: string): Change {
  return { appId: 'todo', tableName: 'tasks', recordId, op: 'insert', data: { title: 'T' }, actor: { kind: 'user' } };
}
