// Plain SQL against the isolation of users, on real Postgres: roles, rights, files, functions, temporary tables. (Who may be
// app_user says itself which user it is: docs/security.md. What must not be reached is what the role does not give.)
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { userSession } from '../../src/database/database.ts';
import { A, type Attacker, B, CANARY, DENIED, startAttacker } from './attacker.ts';

let attacker: Attacker;
let before: Record<string, string[]>;
beforeAll(async () => {
  attacker = await startAttacker();
  before = await attacker.everythingOfA();
});
afterAll(() => attacker?.close());

test('what A has can be seen by who may, so that not to see it says something', async () => {
  for (const [table, rows] of Object.entries(before)) expect(rows, table).not.toEqual([]);
  const rows = await attacker.engine.db.run(userSession(A), sql`select * from notes`);
  expect(JSON.stringify(rows)).toContain(CANARY);
  expect(await attacker.attempt('select title from mission_details')).toEqual({
    code: null,
    said: '[[[{"title":"of B"}]],[]]',
  });
});

describe('is refused', () => {
  test.each([
    ...['app_runner', 'app_operator', 'app_definer', 'service', 'postgres'].flatMap((role) => [
      `set role ${role}`,
      `set local role ${role}`,
      `select set_config('role', '${role}', true)`,
      `set session authorization ${role}`,
    ]),
    // Back to one's own login, which may no more than app_user, and from there on.
    'reset role; set role app_definer',
    'reset role; set role app_operator; select erase_user()',
    'set role none; set session authorization default; set role app_runner',
    'alter role app_user bypassrls',
    'alter role session_user superuser',
    'grant app_definer to app_user',
    'create role other login',
    'set session_replication_role = replica',
    'alter system set row_security = off',
    'create table leak (a int)',
    'create view leak as select * from records',
    'create function leak() returns int language sql as $$ select 1 $$',
    'create schema leak',
    'create extension dblink',
    'create publication leak for all tables',
    'create subscription leak connection $$host=127.0.0.1$$ publication leak',
    'create trigger leak before insert on sync_changes for each row execute function suppress_redundant_updates_trigger()',
    'create rule leak as on insert to sync_changes do instead nothing',
    'create policy leak on records using (true)',
    'create statistics leak on data, user_id from records',
    'alter table records disable row level security',
    'alter table records no force row level security',
    'alter table sync_changes disable trigger all',
    'alter function lock_log() security invoker',
    'drop table records',
    'drop trigger tg_sync_changes__910_check_erasure on sync_changes',
    'truncate sync_changes',
    'comment on table sync_changes is null',
    'update records set data = data',
    'delete from records',
    'update sync_changes set data = data',
    'delete from sync_changes',
    'insert into records select * from records',
    'insert into sync_changes (user_id, position) values (null, 1)',
    'merge into records r using missions m on false when not matched then insert (user_id) values (m.user_id)',
    'select * from records for update',
    'lock table sync_changes in exclusive mode',
    'select * from stream_tickets',
    'select * from plan_reads',
    'select * from erasures',
    'select * from log_epoch',
    'select * from drizzle.__drizzle_migrations',
    'copy records to program $$cat$$',
    'copy sync_changes from program $$id$$',
    'copy records to $$/tmp/leak$$',
    `select pg_read_file('/etc/passwd')`,
    `select pg_read_binary_file('postgresql.auto.conf')`,
    `select pg_ls_dir('.')`,
    `select pg_stat_file('PG_VERSION')`,
    `select lo_import('/etc/passwd')`,
    `select lo_export(1, '/tmp/leak')`,
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'service'`,
    'select pg_reload_conf()',
    'select * from pg_authid',
    'select * from pg_largeobject',
    'do language plpython3u $$ pass $$',
  ])('%s', async (statements) => {
    const { code, said } = await attacker.attempt(statements);
    // 42704, 42501, 0A000, ...: refused for want of a right, or because it is not there.
    expect({ statements, refused: code !== null }).toEqual({ statements, refused: true });
    expect(said).not.toContain(CANARY);
  });
});

describe('is let through and brings nothing of A', () => {
  test.each([
    'set row_security = off; select * from records',
    'reset role; select * from records',
    'table records; table sync_changes; table missions; table model_calls; table user_heads',
    'copy (select * from records) to stdout',
    'select * from pg_stats',
    'select * from pg_stat_activity',
    'select query, usename from pg_stat_activity where query <> current_query()',
    'select * from pg_stat_ssl; select * from pg_locks; select * from pg_prepared_xacts',
    'select lo_from_bytea(0, $$mine$$); select * from pg_largeobject_metadata',
    'explain (verbose, costs) select * from records',
    'listen log_changed; listen mission_wake; notify mission_wake, $$forged$$',
    `select pg_notify('log_changed', '["${A}"]'), pg_notify('mission_wake', repeat('x', 7000))`,
    'create temp table records (user_id text, data jsonb); select * from public.records',
    'select pg_export_snapshot()',
    'select * from information_schema.routines; select prosrc from pg_proc',
  ])('%s', async (statements) => {
    const { said } = await attacker.attempt(statements);
    expect(said).not.toContain(CANARY);
  });
});

test('what asks for more than its own rows by force is told no, not less', async () => {
  expect((await attacker.attempt('set row_security = off; select * from records')).code).toBe(DENIED);
});

/** What a function may be called with to get at A: A's ids, claim and ticket. */
const argument = (type: string): string[] => {
  if (type === 'uuid') return [`'${attacker.token}'::uuid`];
  if (type === 'uuid[]') return [`array['${attacker.token}']::uuid[]`];
  if (type === 'jsonb') return [`'["${A}"]'`, `'["m1"]'`, `'[{"user_id":"${A}","mission_id":"m1","userId":"${A}"}]'`];
  if (type === 'json') {
    return [
      `'[{"appId":"notes","tableName":"notes","recordId":"n1","op":"update","data":{"title":"by B"},"actor":{"kind":"user"}}]'`,
    ];
  }
  if (type === 'text') return [`'${A}'`, `'m1'`, `'of a'`];
  if (type === 'interval') return [`'1 hour'`];
  if (type === 'boolean') return ['true'];
  if (/^timestamp/.test(type)) return ['null', `'infinity'`, `'-infinity'`];
  if (/^(int|bigint|smallint)/.test(type)) return ['1'];
  return [`null::${type}`];
};

test('no function of ours gives anything of A, whatever ids it is called with, and A keeps all', async () => {
  const functions = await attacker.superuser.query<{ name: string; types: string[]; isForUsers: boolean }>(sql`
    select p.proname as name, has_function_privilege('app_user', p.oid, 'execute') as "isForUsers",
           array(select format_type(t, null) from unnest(p.proargtypes) with ordinality a(t, n) order by n) as types
    from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prorettype <> 'trigger'::regtype order by 1`);
  expect(functions.filter(({ isForUsers }) => isForUsers).length).toBeGreaterThan(8);
  for (const { name, types, isForUsers } of functions) {
    const calls = Array.from(
      { length: 9 },
      (_, i) => `${name}(${types.map((type) => pick(argument(type), i)).join(', ')})`,
    );
    for (const call of new Set(calls)) {
      // As somebody would who wants it to stay: committed, if it lets.
      const { code, said } = await attacker.attempt(`select * from ${call}; commit`);
      expect({ call, code, leaks: said.includes(CANARY) }).toEqual({
        ...{ call, leaks: false },
        code: isForUsers ? expect.not.stringMatching(DENIED) : DENIED,
      });
    }
  }
  // A ticket is its bearer's, whoever that is: here B knew its very hash.
  expect({ ...(await attacker.everythingOfA()), stream_tickets: [] }).toEqual({ ...before, stream_tickets: [] });
});

function pick<T>(from: T[], n: number): T {
  return from[n % from.length] as T;
}

test('a temporary table or function shadows nothing that runs with more rights', async () => {
  const head = Number(/"lock_log":"(\d+)"/.exec((await attacker.attempt('select lock_log()')).said)?.[1]);
  const shadows = ['user_heads', 'sync_changes', 'records', 'missions', 'stream_tickets', 'log_epoch', 'erasures']
    .map(
      (table) =>
        `create temp table ${table} (like public.${table === 'user_heads' ? table : 'user_heads'} including all)`,
    )
    .join(';');
  const { code, said } = await attacker.attempt(`
    ${shadows};
    insert into pg_temp.user_heads (user_id, position) values ('${B}', 1000);
    create function pg_temp.current_user_id() returns text language sql as $$ select '${A}' $$;
    create function pg_temp.refuse_change(text, text, text) returns void language sql as $$ select $$;
    set local search_path = pg_temp, public;
    select lock_log();
    insert into public.sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
    values ('${B}', 'notes', 'notes', 'n9', 'insert', '{"title":"mine"}', '{"kind":"user"}');
    select user_id, position from public.sync_changes`);
  expect(code).toBeNull();
  expect(said).toContain(`[{"lock_log":"${head}"}]`);
  expect(said).toContain(`{"user_id":"${B}","position":"${head + 1}"}`);
  expect(said).not.toContain(A);
});

test('a row in the name of A is refused, whatever the statement sets on its way', async () => {
  const row = (user: string) => `insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
    select ${user}, 'notes', 'notes', 'n1', 'update', '{"title":"by B"}', '{"kind":"user"}'`;
  expect(await attacker.attempt(row(`'${A}'`))).toMatchObject({ code: 'PM001' });
  // The head that was locked is B's, and by then the user is A: no row may come of both.
  const switched = row(`coalesce(nullif(set_config('app.current_user_id', '${A}', true), ''), '')`);
  expect((await attacker.attempt(switched)).code).not.toBeNull();
});

test('a forged notification is a hint that leads to nothing', async () => {
  const forged = `select pg_notify('mission_wake', $$'; drop table records$$), pg_notify('log_changed', '["${A}"]'); commit`;
  expect(await attacker.attempt(forged)).toMatchObject({ code: null });
  expect(await attacker.everythingOfA()).toMatchObject({ records: before.records, sync_changes: before.sync_changes });
});
