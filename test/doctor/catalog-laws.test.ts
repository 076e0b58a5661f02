// What must hold of the catalog of a migrated database, on both engines. Held by the doctor's own checks, so that a new
// table, view, function or right that lets one user see another fails here before it is found in production. Each law has
// its negative control: the damage is made in a transaction, must be named, and is rolled back.
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { RUNNER_SESSION } from '../../src/database/database.ts';
import type { Query } from '../../src/doctor/check.ts';
import { checkCatalog } from '../../src/doctor/check-catalog.ts';
import { readRights } from '../../src/doctor/check-rights.ts';
import { RIGHTS } from '../../src/doctor/rights.ts';
import { openTestPglite, openTestPostgres, type TestEngine } from '../support/engines.ts';

/** The law that finds it, what damages, and words of what is to be said. */
const DAMAGES: [law: string, what: string, damage: string, named: string[]][] = [
  ['isolation', 'a new table', 'create table leak (user_id text)', ['not forced on leak', 'leak has no policy']],
  [
    'isolation',
    'a table whose security does not bind its owner',
    'create table leak (user_id text); alter table leak enable row level security; ' +
      'create policy own_rows on leak using (user_id = (select current_user_id()))',
    ['not forced on leak'],
  ],
  [
    'isolation',
    'a table without a policy',
    'create table leak (user_id text); alter table leak enable row level security, force row level security',
    ['leak has no policy'],
  ],
  [
    'isolation',
    'a partition, which is a table of its own',
    'create table leak (user_id text) partition by hash (user_id); ' +
      'create table leak_0 partition of leak for values with (modulus 1, remainder 0); ' +
      'alter table leak enable row level security, force row level security; ' +
      'create policy own_rows on leak using (user_id = (select current_user_id()))',
    ['not forced on leak_0'],
  ],
  [
    'isolation',
    'a policy that shows all',
    'create policy helpful on records for select using (true)',
    ['helpful on records for SELECT'],
  ],
  [
    'isolation',
    'a policy that lets rows of others in',
    'create policy helpful on records for insert with check (true)',
    ['helpful on records for INSERT'],
  ],
  [
    'isolation',
    'a policy of ours for more roles than it was for',
    'alter policy runner_rows on missions to app_runner, app_user',
    ['runner_rows on missions'],
  ],
  ['isolation', 'a view by its owner’s rights', 'create view leak as select * from records', ['the view leak']],
  [
    'isolation',
    'a view of ours that was switched over',
    'alter view tasks set (security_invoker = false)',
    ['the view tasks'],
  ],
  [
    'isolation',
    'a copy of the rows',
    'create materialized view leak as select * from records',
    ['the materialized view leak'],
  ],
  [
    'functions',
    'a definer function of a superuser',
    'create function leak() returns setof records language sql security definer set search_path = public, pg_temp ' +
      "as 'select * from records'; revoke all on function leak from public",
    ['leak() runs with the rights of'],
  ],
  [
    'functions',
    'a definer function of a role above row-level security',
    'create role boss nologin bypassrls; grant create on schema public to boss; set local role boss; ' +
      'create function leak() returns int language sql security definer set search_path = public, pg_temp ' +
      "as 'select 1'; revoke all on function leak from public; reset role; revoke create on schema public from boss",
    ['leak() runs with the rights of boss'],
  ],
  [
    'functions',
    'a definer function that is not pinned',
    'alter function lock_log() reset search_path',
    ['the search_path of lock_log()'],
  ],
  [
    'functions',
    'a definer function that looks into temporary tables first',
    'alter function lock_log() set search_path = pg_temp, public',
    ['the search_path of lock_log()'],
  ],
  [
    'rights',
    'a function for everybody',
    'grant execute on function erase_user() to public',
    ['public may execute erase_user()'],
  ],
  [
    'rights',
    'a new function, which everybody may call unless told',
    "create function leak() returns int language sql as 'select 1'",
    ['public may execute leak()'],
  ],
  [
    'rights',
    'the runner’s function for a person',
    'grant execute on function claim_missions to app_user',
    ['app_user may execute claim_missions()'],
  ],
  ['rights', 'a table', 'grant select on stream_tickets to app_user', ['app_user may select stream_tickets']],
  ['rights', 'a column', 'grant select (data) on records to app_runner', ['app_runner may select records.data']],
  ['rights', 'a table for everybody', 'grant select on records to public', ['public may select records']],
  ['rights', 'a right to write', 'grant update on records to app_user', ['app_user may update records']],
  [
    'rights',
    'position for the writer',
    'grant insert (position) on sync_changes to app_user',
    ['sync_changes.position'],
  ],
  [
    'rights',
    'a sequence',
    'create sequence leak; grant usage on sequence leak to app_user',
    ['app_user may usage leak'],
  ],
  [
    'rights',
    'a right to be handed on',
    'grant select on records to app_user with grant option',
    ['app_user may select with grant option records'],
  ],
  ['rights', 'what is in another schema', 'grant usage on schema drizzle to app_user', ['schema drizzle']],
  ['rights', 'names of one’s own', 'grant create on schema public to public', ['public may create schema public']],
  ['rights', 'a membership', 'grant app_definer to app_user', ['app_user is a member of app_definer']],
  [
    'triggers',
    'a trigger that a replica session skips',
    'alter table sync_changes enable trigger tg_sync_changes__200_admit_change',
    ['tg_sync_changes__200_admit_change'],
  ],
  [
    'triggers',
    'a new trigger that is not always on',
    'create trigger leak before insert on sync_changes for each statement execute function take_log_head()',
    ['leak'],
  ],
  [
    'triggers',
    'a trigger gone',
    'drop trigger tg_sync_changes__910_check_erasure on sync_changes',
    ['910_check_erasure'],
  ],
  ['roles', 'a role that can log in', 'alter role app_runner login', ['app_runner']],
];

interface Scratch {
  query: Query;
  /** Runs the work after the damage, in a transaction that is rolled back. */
  damaged<T>(damage: string, work: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A superuser's session; for PGlite the one that is open. */
async function scratchOn(engine: TestEngine): Promise<Scratch> {
  if (engine.db.kind === 'postgres') {
    const url = new URL(inject('postgresUrl'));
    url.pathname = new URL(engine.url).pathname;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    const query: Query = async <Row>(text: string) => (await client.query(text)).rows as Row[];
    return {
      query,
      async damaged(damage, work) {
        await client.query(`begin; ${damage}`);
        return work(query).finally(() => client.query('rollback'));
      },
      close: () => client.end(),
    };
  }
  class Undo extends Error {}
  const inTransaction = async <T>(damage: string, work: (query: Query) => Promise<T>): Promise<T> => {
    const outcome: T[] = [];
    await engine.db
      .transaction(RUNNER_SESSION, async (tx) => {
        await tx.query(sql`reset role`);
        for (const statement of damage.split(';')) await tx.query(sql.raw(statement));
        outcome.push(await work((text) => tx.query(sql.raw(text))));
        throw new Undo();
      })
      .catch((error: unknown) => {
        if (!(error instanceof Undo)) throw error;
      });
    return outcome[0] as T;
  };
  return {
    query: (text) => inTransaction('select 1', (query) => query(text)),
    damaged: inTransaction,
    close: async () => {},
  };
}

/** Whoever looks here is a superuser, on PGlite always: that the login is none is a check of its own. */
async function wrong(query: Query) {
  const checks = await checkCatalog(query, 'pglite');
  return checks.filter(({ status }) => status !== 'ok');
}

for (const [kind, open] of [
  ['PGlite', openTestPglite],
  ['Postgres', openTestPostgres],
] as const) {
  describe(kind, () => {
    let engine: TestEngine;
    let scratch: Scratch;
    beforeAll(async () => {
      engine = await open();
      scratch = await scratchOn(engine);
    });
    afterAll(async () => {
      await scratch?.close();
      await engine?.close();
    });

    test('a migrated database keeps every law', async () => {
      expect(await wrong(scratch.query)).toEqual([]);
    });

    test('what is written of rights is what the catalog holds, no more and no less', async () => {
      const held = (await readRights(scratch.query)).map(({ holder, right, on }) => `${holder}: ${right} ${on}`);
      const written = Object.entries(RIGHTS).flatMap(([holder, rights]) =>
        Object.entries(rights).flatMap(([right, objects]) => objects.map((on) => `${holder}: ${right} ${on}`)),
      );
      expect(held.sort()).toEqual(written.sort());
    });

    test.each(DAMAGES)('%s: %s is named', async (law, _, damage, named) => {
      const faults = await scratch.damaged(damage, wrong);
      const fault = faults.find(({ name }) => name === law);
      expect(fault?.status, JSON.stringify(faults)).toBe('error');
      for (const words of named) expect(fault?.found).toContain(words);
      expect(fault?.mend).toBeTruthy();
    });

    test('and after all that it keeps them still', async () => {
      expect(await wrong(scratch.query)).toEqual([]);
    });
  });
}
