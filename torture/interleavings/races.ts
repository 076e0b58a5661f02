import { USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { type Database, withUser } from '../../src/database/database.ts';
import { type DecisionOutcome, decideProposal } from '../../src/decisions/decide-proposal.ts';
import { eraseUser } from '../../src/log/erase-user.ts';
import { rebuildUser } from '../../src/log/rebuild/rebuild-user.ts';
import { type Claim, claimMissions } from '../../src/runner/claim.ts';
import { recordPlan } from '../../src/runner/record-plans.ts';
import { pushChanges } from '../../src/sync/push-changes.ts';
import { planOfOneTask, STEP_HASH } from '../plan-of-one-task.ts';
import type { Ended, Race, RaceWorld } from './interleave.ts';
import { type JudgedLog, judgeLog } from './judge-log.ts';

const STAMP = '2026-03-01T10:00:00.000Z';
const NOW = new Date(STAMP);

/** All races: each operation is the product's own, statement by statement. */
export const races: readonly Race[] = [
  {
    name: 'three pushes to one record',
    prepare: (world, user) => write(world.db, user, [task('t1', 'first')]),
    sessions: ['a', 'b', 'c'].map((client) => (db, user) => push(db, user, client, [`${client}1`, `${client}2`])),
    judge: judging(({ log }, { outcomes }) => unlessDone(outcomes) ?? unless(log.length === 7, 'a push is lost')),
  },
  {
    name: 'one push, three times at once',
    prepare: async () => {},
    sessions: [1, 2, 3].map(() => (db, user) => push(db, user, 'a', ['e1', 'e2'])),
    judge: judging(({ log }, { outcomes }) => unlessDone(outcomes) ?? unless(log.length === 2, 'it is not there once')),
  },
  {
    name: 'push and two claims',
    prepare: (world, user) => write(world.db, user, [mission('m1')]),
    sessions: [(db, user) => write(db, user, [mission('m2'), edited('m1')]), (db) => claim(db), (db) => claim(db)],
    judge: judging(async (_, { outcomes }, world) => {
      const claims = [...outcomes.flatMap(claimsIn), ...(await claim(world.db))];
      const wants = claims.map(({ missionId, want }) => `${missionId}-${want}`).sort();
      await endClaims(world);
      // A claim of m1 that came before the edit is of the first want; the second waits until that one ends.
      const isOnce =
        new Set(wants).size === wants.length && wants.includes('m2-1') && wants.some((want) => /^m1-[12]$/.test(want));
      return unlessDone(outcomes) ?? unless(isOnce && wants.length === 2, `claimed are ${wants}`);
    }),
  },
  {
    name: 'plan, edit and a second plan for the same claim',
    prepare: claimed,
    sessions: [
      (db, _, one) => recordPlan(db, planOfOneTask(one as Claim), NOW_OF_DATABASE),
      (db, user) => write(db, user, [edited('m1')]),
      (db, _, one) => recordPlan(db, planOfOneTask(one as Claim), NOW_OF_DATABASE),
    ],
    judge: judging(async ({ log }, { outcomes }, world) => {
      const told = outcomes
        .filter((_, n) => n !== 1)
        .map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'failed'));
      const planned = log.filter(({ tableName }) => tableName === 'aiIterations').length;
      const again = (await claim(world.db)).map(({ want }) => want);
      await endClaims(world);
      const isToldRight = told.filter((outcome) => outcome === 'recorded').length === planned;
      return (
        unlessDone(outcomes) ??
        unless(isToldRight && again.join() === '2', `told ${told}, ${planned} plans, then ${again}`)
      );
    }),
  },
  {
    name: 'two decisions and a plan that supersedes',
    async prepare(world, user) {
      const first = await claimed(world, user);
      await recordPlan(world.db, planOfOneTask(first), NOW_OF_DATABASE);
      await write(world.db, user, [edited('m1')]);
      return onlyClaim(await claim(world.db));
    },
    sessions: [
      (db, user) => decide(db, user, 'approve'),
      (db, user) => decide(db, user, 'reject'),
      (db, _, one) => recordPlan(db, planOfOneTask(one as Claim), NOW_OF_DATABASE),
    ],
    judge: judging(({ log }, { outcomes }) => {
      const decided = outcomes.filter(isDecided).length;
      const effects = log.filter(({ actor }) => actor.kind === 'ai').length;
      const isApproved = log.some(({ data, actor }) => data.status === 'approved' && actor.kind === 'user');
      const isSuperseded = log.some(({ recordId, data }) => recordId === 'm1-1-0' && data.status === 'superseded');
      const isOne = decided + (isSuperseded ? 1 : 0) === 1 && effects === (isApproved ? 1 : 0);
      return unlessDone(outcomes) ?? unless(isOne, `${decided} told that it is decided, ${effects} effects`);
    }),
  },
  {
    name: 'erasure and two pushes',
    prepare: (world, user) => write(world.db, user, [task('t1', 'first'), mission('m1')]),
    sessions: [
      (db, user) => eraseUser(db, user),
      (db, user) => push(db, user, 'a', ['a1']),
      (db, user) => push(db, user, 'b', ['b1']),
    ],
    judge: judging(
      ({ log }, { outcomes }) => unlessDone(outcomes) ?? unless(log.length <= 2, 'something outlived the erasure'),
    ),
  },
  {
    name: 'erasure and a plan',
    prepare: claimed,
    sessions: [
      (db, user) => eraseUser(db, user),
      (db, _, one) => recordPlan(db, planOfOneTask(one as Claim), NOW_OF_DATABASE),
    ],
    judge: judging(
      ({ log }, { outcomes }) => unlessDone(outcomes) ?? unless(log.length === 0, 'something outlived the erasure'),
    ),
  },
  {
    name: 'three claims of two missions',
    prepare: (world, user) => write(world.db, user, [mission('m1'), mission('m2')]),
    sessions: [1, 2, 3].map(() => (db) => claim(db, 1)),
    judge: judging(async (_, { outcomes }, world) => {
      // A claim of one may pass over what another is about to leave; then it is there for the next.
      const claims = [...outcomes.flatMap(claimsIn), ...(await claim(world.db))]
        .map(({ missionId }) => missionId)
        .sort();
      await endClaims(world);
      return unlessDone(outcomes) ?? unless(claims.join() === 'm1,m2', `claimed are ${claims}`);
    }),
  },
  {
    name: 'rebuild and a push',
    async prepare({ db, admin }, user) {
      await write(db, user, [task('t1', 'first'), task('t2', 'second')]);
      await admin.query(`update records set data = '{"title":"wrong"}' where user_id = $1`, [user]);
    },
    sessions: [
      (db, user) =>
        rebuildUser(db, user, { isDryRun: false, only: 'records', checkInterrupt: () => {}, onChanges: () => {} }),
      (db, user) => push(db, user, 'a', ['a1']),
    ],
    judge: judging(({ log }, { outcomes }) => unlessDone(outcomes) ?? unless(log.length === 3, 'a push is lost')),
  },
];

type Judge = (judged: JudgedLog, ended: Ended<unknown>, world: RaceWorld) => string | null | Promise<string | null>;

function judging(judge: Judge): Race['judge'] {
  return async (world, user, ended) => {
    const judged = await judgeLog(world, user);
    return (await judge(judged, ended, world)) ?? judged.broken;
  };
}

function unless(holds: boolean, broken: string): string | null {
  return holds ? null : broken;
}

/** No operation may fail for having met another. */
function unlessDone(outcomes: readonly PromiseSettledResult<unknown>[]): string | null {
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  return failed ? `an operation fails: ${failed.reason}` : null;
}

function isDecided(outcome: PromiseSettledResult<unknown>): boolean {
  const { ok, proposal } = (outcome.status === 'fulfilled' ? outcome.value : {}) as Partial<DecisionOutcome>;
  return ok === true && proposal !== undefined;
}

function write(db: Database, user: string, changes: Change[]): Promise<unknown> {
  return withUser(db, user, (tx) => appendChanges(tx, user, changes));
}

function task(recordId: string, title: string): Change {
  return { appId: 'todo', tableName: 'tasks', recordId, op: 'insert', data: { title }, actor: USER };
}

function mission(recordId: string): Change {
  const data = { title: 'Move', objective: 'Find a flat' };
  return { appId: 'ai', tableName: 'aiMissions', recordId, op: 'insert', data, actor: USER };
}

function edited(recordId: string): Change {
  return { appId: 'ai', tableName: 'aiMissions', recordId, op: 'update', data: { title: 'Move soon' }, actor: USER };
}

/** As a client pushes edits of one record, all of one time: which of them wins is the clients' names' to say. */
async function push(db: Database, user: string, clientId: string, eventIds: string[]): Promise<unknown> {
  const entries = eventIds.map((id, index) => {
    const change = { ...task('t1', id), id, op: 'update' as const, clientId, fieldTimestamps: { title: STAMP } };
    return { index, kind: 'change' as const, change };
  });
  const deps = { registry: defaultRegistry, userId: user, now: NOW };
  const pushed = await pushChanges(db, deps, {
    appId: 'todo',
    clientId,
    since: { kind: 'start' },
    entries,
    latest: null,
  });
  if (!pushed.ok) throw new Error(`the push is refused: ${pushed.reason}`);
  return pushed;
}

const NOW_OF_DATABASE = null;

function claim(db: Database, limit = 10): Promise<Claim[]> {
  return claimMissions(db, { runner: 'x', limit, leaseMs: 30_000, perUser: 10, now: NOW_OF_DATABASE, budget: null });
}

function claimsIn(outcome: PromiseSettledResult<unknown>): Claim[] {
  const value = outcome.status === 'fulfilled' && Array.isArray(outcome.value) ? outcome.value : [];
  return value.filter((one) => 'missionId' in one);
}

async function claimed({ db }: RaceWorld, user: string): Promise<Claim> {
  await write(db, user, [mission('m1')]);
  return onlyClaim(await claim(db));
}

function onlyClaim(claims: Claim[]): Claim {
  if (claims.length !== 1) throw new Error(`claimed ${claims.length} missions`);
  return claims[0] as Claim;
}

/** So that the next interleaving finds nothing to claim but its own. */
async function endClaims({ admin }: RaceWorld): Promise<void> {
  await admin.query('update missions set queue_at = null, due_at = null, claim_token = null');
}

function decide(db: Database, user: string, decision: 'approve' | 'reject'): Promise<DecisionOutcome> {
  return withUser(db, user, (tx) =>
    decideProposal(tx, { registry: defaultRegistry, userId: user, now: new Date() }, 'm1-1-0', {
      decision,
      hash: STEP_HASH,
    }),
  );
}
