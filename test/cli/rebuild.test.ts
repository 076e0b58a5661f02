import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Change } from '../../src/core/log/change.ts';
import { userSession } from '../../src/database/database.ts';
import { asSuperuser, type Superuser } from '../log/as-superuser.ts';
import { projectionsOf } from '../log/lived-user.ts';
import { CLI } from '../support/cli-process.ts';
import { newUser, openTestPostgres, type TestEngine } from '../support/engines.ts';
import { write, writeMission } from '../support/missions.ts';
import { runInTest } from './run-in-test.ts';

let engine: TestEngine;
let superuser: Superuser;
beforeAll(async () => {
  engine = await openTestPostgres();
  superuser = await asSuperuser(engine);
});
afterAll(async () => {
  await superuser?.close();
  await engine?.close();
});

const run = (...args: string[]) => runInTest(args, { DATABASE_URL: engine.url });
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

async function userWithTasks(count: number): Promise<string> {
  const user = newUser();
  const tasks = Array.from({ length: count }, (_, n): Change => {
    const data = { title: `Task ${n}` };
    return { appId: 'todo', tableName: 'tasks', recordId: `t${n}`, op: 'insert', data, actor: { kind: 'user' } };
  });
  await write(engine.db, user, ...tasks);
  return user;
}

test('a log that holds is said to; what differs is shown, mended, and then holds', async () => {
  const user = await userWithTasks(3);
  const whole = await run('rebuild', '--user', user);
  expect(whole).toMatchObject({ exitCode: 0, stderr: '' });
  expect(whole.stdout).toContain(`${user}: 3 changes, 3 records, 0 missions: as the log has them`);

  await superuser.query(
    sql`update records set data = '{"title":"forged"}' where user_id = ${user} and record_id = 't1'`,
  );
  const dry = await run('rebuild', '--user', user, '--dry-run');
  expect(dry.exitCode).toBe(1);
  expect(dry.stdout).toContain('1 row differs\n  records todo/tasks/t1 is not as the log has it');
  expect(dry.stdout).toContain('    data.title: held "forged", in the log "Task 1"');
  const verified = await run('verify', '--user', user);
  expect(verified.exitCode).toBe(1);
  expect(verified.stdout).toContain(`${user}: projection_differs: records todo/tasks/t1`);
  const missions = await run('rebuild', '--user', user, '--dry-run', '--only', 'missions');
  expect(missions.exitCode).toBe(0);

  const mended = await run('rebuild', '--user', user, '--json');
  expect(mended.exitCode).toBe(0);
  expect(lines(mended.stdout)).toMatchObject([
    { user, changes: 3, differing: 1, differences: [{ key: 'todo/tasks/t1', kind: 'differs' }] },
    { total: { users: 1, changes: 3, records: 3, differing: 1 } },
  ]);
  expect((await run('rebuild', '--user', user, '--dry-run')).exitCode).toBe(0);
  expect((await run('verify', '--user', user)).exitCode).toBe(0);
});

test('verify prints a violation with the changes that show it, as text and as JSON', async () => {
  const user = newUser();
  const ai = { kind: 'ai', missionId: 'm', iterationId: 'm-1', proposalId: 'm-1-0', rationale: 'none' } as const;
  await write(engine.db, user, {
    appId: 'todo',
    tableName: 'tasks',
    recordId: 't',
    op: 'insert',
    data: { title: 'X' },
    actor: ai,
  });
  const text = await run('verify', '--user', user);
  expect(text.exitCode).toBe(1);
  expect(text.stdout).toMatch(
    /ai_change_without_proposal: .* m-1-0, .*\n {2}1 {2}.* {2}ai for m {2}insert todo\/tasks\/t/,
  );
  const json = lines((await run('verify', '--user', user, '--json')).stdout);
  expect(json).toMatchObject([
    { user, rule: 'ai_change_without_proposal', positions: [1], rows: [{ position: 1, actor: ai }] },
    { user, violated: 1 },
    { total: { users: 1, violated: 1 } },
  ]);
});

test('a mission that nobody comes for is found, once it waits for longer than lease and backoff', async () => {
  const user = newUser();
  await writeMission(engine.db, user, 'm1');
  expect((await run('verify', '--user', user)).exitCode).toBe(0);
  await superuser.query(
    sql`update missions set wanted_at = now() - interval '1 hour', queue_at = now() - interval '1 hour' where user_id = ${user}`,
  );
  const late = await run('verify', '--user', user);
  expect(late.exitCode).toBe(1);
  expect(late.stdout).toContain('want_not_planned: want 1 of mission m1 waits for a runner since');
});

test('a hole in the log and a head out of step are found', async () => {
  const user = await userWithTasks(4);
  await superuser.query(sql`alter table sync_changes disable trigger user`);
  await superuser.query(sql`delete from sync_changes where user_id = ${user} and position = 2`);
  await superuser.query(sql`alter table sync_changes enable always trigger tg_sync_changes__900_refuse_rewrite`);
  await superuser.query(sql`update user_heads set position = 9 where user_id = ${user}`);
  const { exitCode, stdout } = await run('verify', '--user', user);
  expect(exitCode).toBe(1);
  expect(stdout).toContain(
    'positions_not_contiguous: the log has 3 changes up to position 4; the first hole is after 1',
  );
  expect(stdout).toContain('head_out_of_step: the head of the log says 9, the newest change is at 4');
  expect(stdout).toContain('records todo/tasks/t1: the projection has it, the log not');
  for (const trigger of ['100_take_log_head', '200_admit_change', '300_fold_changes', '900_refuse_truncate']) {
    await superuser.query(
      sql`alter table sync_changes enable always trigger ${sql.raw(`tg_sync_changes__${trigger}`)}`,
    );
  }
});

test('rows of somebody without a log, and a log without its head, are found among all users', async () => {
  const [user, ghost] = [await userWithTasks(1), newUser()];
  await superuser.query(
    sql`insert into records select ${ghost}, app_id, table_name, record_id, data, field_meta, null, 1, 1
        from records where user_id = ${user}`,
  );
  const phantom = await run('verify');
  expect(phantom.exitCode).toBe(1);
  expect(phantom.stdout).toContain(`${ghost}: projection_differs: records todo/tasks/t0: the projection has it`);
  await run('rebuild', '--user', ghost);
  expect((await run('verify', '--user', ghost)).exitCode).toBe(0);

  await superuser.query(sql`create temp table kept_head as select * from user_heads where user_id = ${user}`);
  await superuser.query(sql`delete from user_heads where user_id = ${user}`);
  const headless = await run('verify');
  expect(headless.exitCode).toBe(1);
  expect(headless.stdout).toContain(`${user}: head_out_of_step: the head of the log says 0, the newest change is at 1`);
  expect(headless.stdout).toContain(`${user}: chain_broken: no link covers the log from 1 to its end at 1`);
  await superuser.query(sql`insert into user_heads select * from kept_head`);
  expect((await run('verify', '--user', user)).exitCode).toBe(0);
});

test('an unknown user ends with 1 and a suggestion, an unknown projection with 2', async () => {
  const user = await userWithTasks(1);
  for (const command of ['rebuild', 'verify']) {
    const { exitCode, stderr } = await run(command, '--user', `${user}x`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`there is no log of "${user}x".`);
    expect(stderr).toContain('Did you mean');
  }
  expect((await run('rebuild', '--only', 'tables')).exitCode).toBe(2);
});

test.each([
  ['SIGKILL', null],
  ['SIGINT', 130],
] as const)(
  '%s in the middle leaves nothing half done, and the same command again ends it',
  async (signal, exitCode) => {
    const user = await userWithTasks(1_500);
    const whole = await projectionsOf(engine, user);
    await superuser.query(sql`delete from records where user_id = ${user}`);
    const [node, program] = CLI;
    const child = spawn(node, [program, 'rebuild', '--user', user], {
      env: { ...process.env, DATABASE_URL: engine.url },
      stdio: 'ignore',
    });
    const exited = once(child, 'exit');
    // It waits here for the lock of the first of five transactions; the signal is heard between two of them.
    await engine.db.transaction(userSession(user), async (tx) => {
      await tx.query(sql`select lock_log()`);
      await vi.waitUntil(async () => (await waitingForLock()) > 0, { timeout: 60_000, interval: 20 });
      child.kill(signal);
      if (signal === 'SIGKILL') await exited;
    });
    expect((await exited)[0]).toBe(exitCode);
    const left = (await projectionsOf(engine, user)).records;
    expect(left.length % 1_000).toBe(0);
    expect(left.length).toBeLessThan(4_500);
    const byKey = new Map(whole.records.map(({ key, row }) => [key, row]));
    expect(left).toEqual(left.map(({ key }) => ({ key, row: byKey.get(key) })));

    expect((await run('rebuild', '--user', user)).exitCode).toBe(0);
    expect(await projectionsOf(engine, user)).toEqual(whole);
  },
);

async function waitingForLock(): Promise<number> {
  const [row] = await superuser.query<{ waiting: number }>(
    sql`select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%lock_log%'`,
  );
  return row?.waiting ?? 0;
}
