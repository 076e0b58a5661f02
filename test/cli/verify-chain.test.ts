import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { USER } from '../../src/core/log/actor.ts';
import { asSuperuser } from '../log/as-superuser.ts';
import { newUser, openTestPostgres, type TestEngine } from '../support/engines.ts';
import { write } from '../support/missions.ts';
import { runInTest } from './run-in-test.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await openTestPostgres();
});
afterAll(() => engine?.close());

const run = (...args: string[]) => runInTest(args, { DATABASE_URL: engine.url });
const add = (user: string, ...ids: string[]) => {
  const task = { appId: 'todo', tableName: 'tasks', op: 'insert' as const, data: {}, actor: USER };
  return write(engine.db, user, ...ids.map((recordId) => ({ ...task, recordId })));
};

test('the link that verify prints holds for as long as the log begins with the same changes', async () => {
  const user = newUser();
  await add(user, 't1', 't2');
  const { stdout } = await run('verify', '--user', user);
  const [, link = ''] = /^ {2}link (2:[0-9a-f]{64})$/m.exec(stdout) ?? [];
  expect(stdout).toContain(`${user}: 2 changes, 2 records, 0 missions: everything holds\n  link 2:`);
  await add(user, 't3', 't4');
  const later = await run('verify', '--user', user, '--expect', link);
  expect(later).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('everything holds\n  link 4:') });

  for (const [expected, found] of [
    [`2:${'0'.repeat(64)}`, `at 2: there it is ${link.slice(2)}`],
    [link.replace('2:', '3:'), 'at 3: the log has no link there'],
    [link.replace('2:', '5:'), 'at 5: the log ends at 4'],
  ] as const) {
    const another = await run('verify', '--user', user, '--expect', expected);
    expect(another.exitCode).toBe(1);
    expect(another.stdout).toContain(`${user}: link_not_as_expected: the log is not the one that had the link`);
    expect(another.stdout).toContain(found);
  }
});

test('what somebody above all rights has changed is named, and verify ends with 1', async () => {
  const user = newUser();
  await add(user, 't1');
  await add(user, 't2');
  const superuser = await asSuperuser(engine);
  await superuser.query(sql`alter table sync_changes disable trigger user`);
  await superuser.query(
    sql`update sync_changes set created_at = created_at + interval '1 day' where user_id = ${user} and position = 1`,
  );
  await superuser.close();
  const { exitCode, stdout } = await run('verify', '--user', user);
  expect(exitCode).toBe(1);
  expect(stdout).toContain(
    `${user}: chain_broken: change 1 is not what was appended, or is missing, or the link after 1 was changed`,
  );
  expect(stdout).toContain('insert todo/tasks/t1');
  expect(stdout).toContain(`${user}: 2 changes, 2 records, 0 missions: 1 violation\n`);
});

test.each(['2', 'abc:def', `0:${'0'.repeat(64)}`, `2:${'0'.repeat(63)}`])(
  '--expect %s is used wrongly',
  async (given) => {
    expect(await run('verify', '--expect', given)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('It must be as verify prints it'),
    });
  },
);
