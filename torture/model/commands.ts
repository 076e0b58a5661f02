import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { JsonObject } from '../../src/core/json.ts';
import { USER } from '../../src/core/log/actor.ts';
import type { Change } from '../../src/core/log/change.ts';
import { defaultRegistry } from '../../src/core/modules/registry.ts';
import { formatCursor, parseCursor, type Since } from '../../src/core/sync/cursor.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { type Database, userSession, withUser } from '../../src/database/database.ts';
import { decideProposal } from '../../src/decisions/decide-proposal.ts';
import { undoChanges } from '../../src/log/undo/undo-changes.ts';
import { claimMissions } from '../../src/runner/claim.ts';
import { recordPlan } from '../../src/runner/record-plans.ts';
import { pushChanges } from '../../src/sync/push-changes.ts';
import { readPage } from '../../src/sync/read-page.ts';
import { planOfOneTask, STEP_HASH } from '../plan-of-one-task.ts';
import { type ExpectedService, expectChanges, expectPushed, type Pushed } from './expected-service.ts';

/** The service itself, with what a client keeps of it. */
export interface RealService {
  db: Database;
  user: string;
  cursors: [Since, Since];
  /** Whether clients name what they push; a control has them not do so. */
  namesEvents: boolean;
}

type Command = fc.AsyncCommand<ExpectedService, RealService>;

const CLIENTS = ['a', 'b'] as const;
const STAMPS = ['2026-03-01T10:00:00.000Z', '2026-03-01T10:00:00.001Z'];
const NOW = new Date('2026-03-01T10:00:00.000Z');

/** What two clients, a runner and a person do. Each command says what must come of it, and makes sure of it. */
export function serviceCommands(): fc.Arbitrary<Command>[] {
  const client = fc.constantFrom(0 as const, 1 as const);
  const at = fc.nat({ max: 3 });
  return [
    fc
      .tuple(
        client,
        fc.array(fc.tuple(fc.constantFrom('t1', 't2'), fc.constantFrom(...STAMPS)), { minLength: 1, maxLength: 3 }),
      )
      .map(([by, writes]) => push(by, writes)),
    fc.tuple(fc.nat({ max: 9 }), fc.boolean()).map(([which, isSame]) => pushAgain(which, isSame)),
    fc.tuple(client, fc.integer({ min: 1, max: 4 })).map(([by, limit]) => pull(by, limit)),
    fc.constant(editMission()),
    fc.constant(plan()),
    fc
      .tuple(at, fc.constantFrom('approve' as const, 'reject' as const))
      .map(([which, decision]) => decide(which, decision)),
    at.map(undo),
  ];
}

function push(by: 0 | 1, writes: [task: string, stamp: string][]): Command {
  return command(`push by ${CLIENTS[by]} ${JSON.stringify(writes)}`, async (expected, real) => {
    const pushed = writes.map(([task, stamp], n): Pushed => {
      const eventId = `e${expected.log.length + n}`;
      return { client: CLIENTS[by], eventId, task, stamp, title: `title ${eventId}` };
    });
    const outcome = await pushTo(real, CLIENTS[by], pushed);
    assert.equal(outcome.ok, true);
    for (const one of pushed) expectPushed(expected, one);
  });
}

function pushAgain(which: number, isSame: boolean): Command {
  return command(`push again ${which}, ${isSame ? 'as it was' : 'with another title'}`, async (expected, real) => {
    const all = expected.log.flatMap(({ pushed }) => (pushed ? [pushed] : []));
    const one = all[which % Math.max(all.length, 1)];
    if (!one) return;
    const outcome = await pushTo(real, one.client, [isSame ? one : { ...one, title: 'another' }]);
    if (isSame) assert.equal(outcome.ok, true);
    else assert.equal(!outcome.ok && outcome.reason === 'change_refused' && outcome.refusal.code, 'event_id_reused');
  });
}

function pull(by: 0 | 1, limit: number): Command {
  return command(`pull by ${CLIENTS[by]} of ${limit}`, async (expected, { db, user, cursors }) => {
    const page = await readPage((statement, onRow) => db.runTexts(userSession(user), statement, onRow), {
      since: cursors[by],
      limit,
      exceptClientId: CLIENTS[by],
    });
    assert.ok(page.ok);
    const positions = expected.log.flatMap(({ client, isDecision }, n) =>
      n + 1 > expected.read[by] && (client !== CLIENTS[by] || isDecision) ? [n + 1] : [],
    );
    const shown = JSON.parse(`[${Buffer.from(page.changes.bytes())}]`) as { position: number }[];
    assert.deepEqual(
      shown.map(({ position }) => position),
      positions.slice(0, limit),
    );
    assert.equal(page.hasMore, positions.length > limit);
    const read = page.hasMore ? (positions[limit - 1] as number) : expected.log.length;
    const cursor = parseCursor(page.syncedUntil);
    assert.equal(cursor && formatCursor(cursor), page.syncedUntil);
    assert.equal(cursor?.position, read);
    expected.read[by] = read;
    cursors[by] = { kind: 'cursor', ...(cursor as NonNullable<typeof cursor>) };
  });
}

function editMission(): Command {
  return command('edit the mission', async (expected, { db, user }) => {
    const isFirst = expected.wanted === 0;
    const title = `Move ${expected.log.length}`;
    const data: JsonObject = isFirst ? { title, objective: 'Find a flat' } : { title };
    await write(db, user, {
      appId: 'ai',
      tableName: 'aiMissions',
      recordId: 'm1',
      op: isFirst ? 'insert' : 'update',
      data,
      actor: USER,
    });
    expectChanges(expected, 1);
    expected.wanted += 1;
  });
}

function plan(): Command {
  return command('plan', async (expected, { db, user }) => {
    // Of the runs before there may be missions left, which are another user's.
    const claims = await claimMissions(db, {
      runner: 'x',
      limit: 1_000,
      leaseMs: 3_600_000,
      perUser: 10,
      now: null,
      budget: null,
    });
    const claim = claims.find(({ userId }) => userId === user);
    assert.equal(claim?.want, expected.wanted > expected.planned ? expected.wanted : undefined);
    if (!claim) return;
    const written = planOfOneTask(claim);
    assert.equal(await recordPlan(db, written, null), 'recorded');
    // Once more, as after a commit of which no answer came.
    assert.equal(await recordPlan(db, written, null), 'claim_lost');
    const pending = expected.proposals.filter(({ status }) => status === 'pending');
    for (const proposal of pending) proposal.status = 'superseded';
    expectChanges(expected, pending.length + 2);
    expected.planned = claim.want;
    expected.proposals.push({ id: `m1-${claim.want}-0`, status: 'pending', isUndone: false });
  });
}

function decide(which: number, decision: 'approve' | 'reject'): Command {
  return command(`${decision} proposal ${which}`, async (expected, { db, user }) => {
    const proposal = expected.proposals[which % Math.max(expected.proposals.length, 1)];
    const deps = { registry: defaultRegistry, userId: user, now: NOW };
    const id = proposal?.id ?? 'none';
    const outcome = await withUser(db, user, (tx) => decideProposal(tx, deps, id, { decision, hash: STEP_HASH }));
    if (proposal?.status !== 'pending') {
      const reasons: Record<string, string> = { superseded: 'proposal_superseded', none: 'proposal_not_found' };
      assert.equal(!outcome.ok && outcome.reason, reasons[proposal?.status ?? 'none'] ?? 'proposal_already_decided');
      return;
    }
    assert.ok(outcome.ok);
    proposal.status = decision === 'approve' ? 'approved' : 'rejected';
    expectChanges(expected, decision === 'approve' ? 2 : 1);
  });
}

function undo(which: number): Command {
  return command(`undo proposal ${which}`, async (expected, { db, user }) => {
    const proposal = expected.proposals[which % Math.max(expected.proposals.length, 1)];
    if (!proposal) return;
    const options = { userId: user, registry: defaultRegistry, now: NOW, dryRun: false };
    const report = await withUser(db, user, (tx) => undoChanges(tx, { kind: 'proposal', id: proposal.id }, options));
    const isToUndo = proposal.status === 'approved' && !proposal.isUndone;
    assert.equal(report?.records.filter(({ outcome }) => outcome === 'deleted').length, isToUndo ? 1 : 0);
    if (!isToUndo) return;
    proposal.isUndone = true;
    expectChanges(expected, 1);
  });
}

function command(name: string, run: (expected: ExpectedService, real: RealService) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name };
}

function pushTo({ db, user, namesEvents }: RealService, clientId: string, pushed: readonly Pushed[]) {
  const entries = pushed.map(({ eventId, task, title, stamp }, index) => {
    const fieldTimestamps = { title: stamp, deletedAt: stamp };
    const data = { title, deletedAt: null };
    const named = namesEvents ? { id: eventId } : {};
    const written = {
      ...named,
      appId: 'todo',
      tableName: 'tasks',
      recordId: task,
      op: 'insert' as const,
      data,
      fieldTimestamps,
    };
    return { index, kind: 'change' as const, change: { ...written, clientId, actor: USER } };
  });
  const deps = { registry: defaultRegistry, userId: user, now: NOW };
  return pushChanges(db, deps, { appId: 'todo', clientId, since: { kind: 'start' }, entries, latest: null });
}

function write(db: Database, user: string, change: Change): Promise<unknown> {
  return withUser(db, user, (tx) => appendChanges(tx, user, [change]));
}
