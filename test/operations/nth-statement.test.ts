// Whatever the service does: its n-th statement fails, for n = 1, 2, ... until it passes untouched; and the answer of its
// n-th transaction is lost. Nothing is half written, no transaction is left open, and to do it again is all it takes.
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import type { Database } from '../../src/database/database.ts';
import { withUser } from '../../src/database/database.ts';
import { decideProposal } from '../../src/decisions/decide-proposal.ts';
import { eraseUser } from '../../src/log/erase-user.ts';
import { rebuildUser } from '../../src/log/rebuild/rebuild-user.ts';
import { undoChanges } from '../../src/log/undo/undo-changes.ts';
import { verifyUser } from '../../src/log/verify/verify-user.ts';
import { claimMissions } from '../../src/runner/claim.ts';
import { recordPlan } from '../../src/runner/record-plans.ts';
import { syncApp, syncClient } from '../http/sync-app.ts';
import { archiveDirectory, everythingOf, exportTo, importFrom } from '../log/archive-world.ts';
import { asSuperuser, type Superuser } from '../log/as-superuser.ts';
import { livedUser } from '../log/lived-user.ts';
import { planFor } from '../runner/write-back.ts';
import { newUser, onBothEngines, type TestEngine } from '../support/engines.ts';
import { write } from '../support/missions.ts';
import { type FailingDatabase, type Failure, failingDatabase } from './failing-database.ts';

const QUIET = { checkInterrupt() {}, onChanges() {} };
const FAILURES: Failure[] = ['statement', 'answer'];

/** What the service does for a user. It may be done again, and throws when it has failed. */
type Act = (db: Database) => Promise<unknown>;

interface Operation {
  name: string;
  /** In one transaction: all of it or nothing. */
  isWhole: boolean;
  prepare(world: { engine: TestEngine; superuser: Superuser; user: string }): Promise<Act> | Act;
}

const inDirectory = archiveDirectory();

const decide =
  (id: string, decision: 'approve' | 'reject') =>
  ({ user }: { user: string }): Act =>
  async (db) => {
    const outcome = await withUser(db, user, (tx) =>
      decideProposal(tx, { registry: defaultRegistry, userId: user, now: new Date() }, id, { decision }),
    );
    // Whose answer was lost learns of their own decision when they ask again.
    if (!outcome.ok && outcome.reason !== 'proposal_already_decided') throw new Error(outcome.message);
  };

const claimFor = async (db: Database, user: string) =>
  (await claimMissions(db, { runner: 'x', limit: 1_000, leaseMs: 30_000, perUser: 10, now: null, budget: null })).find(
    ({ userId }) => userId === user,
  );

const OPERATIONS: Operation[] = [
  {
    name: 'push',
    isWhole: true,
    prepare({ user }) {
      const changes = ['a', 'b'].map((id) => ({ eventId: id, table: 'tasks', id, op: 'insert', data: { title: id } }));
      return async (db) => {
        const answer = await syncClient(syncApp(db), user, 'phone').push(changes, { since: '0' });
        if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
      };
    },
  },
  { name: 'reject', isWhole: true, prepare: decide('planned-1-1', 'reject') },
  { name: 'approve, with what the tool does', isWhole: true, prepare: decide('planned-1-1', 'approve') },
  {
    name: 'undo',
    isWhole: true,
    prepare:
      ({ user }) =>
      (db) =>
        withUser(db, user, (tx) =>
          undoChanges(
            tx,
            { kind: 'iteration', id: 'planned-1' },
            { userId: user, registry: defaultRegistry, now: new Date(), dryRun: false },
          ),
        ),
  },
  {
    name: 'claim',
    isWhole: true,
    prepare:
      ({ user }) =>
      (db) =>
        claimFor(db, user),
  },
  {
    name: 'write a plan back',
    isWhole: true,
    async prepare({ engine, user }) {
      const claim = await claimFor(engine.db, user);
      if (!claim) throw new Error('nothing to claim');
      return (db) => recordPlan(db, planFor(claim), null);
    },
  },
  {
    name: 'erase',
    isWhole: true,
    prepare:
      ({ user }) =>
      (db) =>
        eraseUser(db, user),
  },
  {
    name: 'import',
    isWhole: false,
    async prepare({ engine, user }) {
      const path = inDirectory(`${user}.zip`);
      await exportTo(engine.db, user, path);
      await eraseUser(engine.db, user);
      return async (db) => {
        const outcome = await importFrom(db, user, path);
        if (!outcome.ok) throw new Error(outcome.reason);
      };
    },
  },
  {
    name: 'rebuild',
    isWhole: false,
    async prepare({ superuser, user }) {
      await superuser.query(sql`update records set data = '{}' where user_id = ${user} and table_name = 'tasks'`);
      await superuser.query(sql`update missions set wanted = wanted + 7 where user_id = ${user}`);
      await superuser.query(sql`delete from plan_reads where user_id = ${user}`);
      return (db) => rebuildUser(db, user, { isDryRun: false, ...QUIET });
    },
  },
];

/** Fails the act at each place in turn; returns how often. Throws when something was half written or left open. */
async function failEverywhere(
  engine: TestEngine,
  superuser: Superuser,
  failing: FailingDatabase,
  failure: Failure,
  { user, act, isWhole }: { user: string; act: Act; isWhole: boolean },
): Promise<number> {
  for (let n = 1; ; n++) {
    const before = await everythingOf(engine.db, user);
    failing.arm(failure, n);
    const ended = await act(failing.db).then(
      () => 'done' as const,
      (error: unknown) => error,
    );
    const struck = failing.failed();
    failing.arm(failure, null);
    if (!struck) {
      if (ended !== 'done') throw ended;
      return n - 1;
    }
    if (ended === 'done') throw new Error(`statement ${n} failed, and nobody was told`);
    if (isWhole && failure === 'statement') expect(await everythingOf(engine.db, user), `n = ${n}`).toEqual(before);
    expect(await openTransactions(engine, superuser), `n = ${n}`).toBe(0);
  }
}

async function openTransactions(engine: TestEngine, superuser: Superuser): Promise<number> {
  if (engine.db.kind === 'pglite') return 0;
  const [row] = await superuser.query<{ open: string }>(
    sql`select count(*) as open from pg_stat_activity
        where datname = current_database() and usename = 'service' and state like 'idle in transaction%'`,
  );
  return Number(row?.open);
}

onBothEngines((engine) => {
  let superuser: Superuser;
  beforeAll(async () => {
    superuser = await asSuperuser(engine());
  });
  afterAll(() => superuser?.close());

  describe.each(OPERATIONS)('$name', ({ prepare, isWhole }) => {
    test.each(FAILURES)('each %s fails in turn', async (failure) => {
      const user = await livedUser(engine());
      const act = await prepare({ engine: engine(), superuser, user });
      const failing = failingDatabase(engine().db);
      const times = await failEverywhere(engine(), superuser, failing, failure, { user, act, isWhole });
      expect(times).toBeGreaterThan(0);
      // Once more, and to the same end.
      const done = await everythingOf(engine().db, user);
      await act(engine().db);
      if (isWhole) expect((await everythingOf(engine().db, user)).records).toEqual(done.records);
      const report = await verifyUser(engine().db, user, { registry: defaultRegistry, ...QUIET });
      expect(report.violations).toEqual([]);
    });
  });

  test('negative control: what takes two transactions for one thing is caught', async () => {
    const user = newUser();
    const task = (recordId: string) => ({ appId: 'todo', tableName: 'tasks', recordId, op: 'insert' as const });
    const act: Act = async (db) => {
      for (const id of ['a', 'b']) {
        await write(db, user, { ...task(id), id, data: { title: id }, actor: { kind: 'user' } });
      }
    };
    const failing = failingDatabase(engine().db);
    const halves = failEverywhere(engine(), superuser, failing, 'statement', { user, act, isWhole: true });
    await expect(halves).rejects.toThrow('n = 2');
  });
});
