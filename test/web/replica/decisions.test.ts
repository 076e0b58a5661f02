// Decisions made on a replica, settled by the real service.
import { describe, expect, test } from 'vitest';
import type { PullAnswer, WireChange } from '../../../src/core/sync/wire.ts';
import { readLog } from '../../http/sync-app.ts';
import { silentStream, type Tab, until } from './device.ts';
import { editTask, expectSameRecords, task, useWorld } from './world.ts';

const world = useWorld();
const log = () => readLog(world.db, world.user);
const AI = { kind: 'ai', missionId: 'm1', iterationId: 'm1-1', proposalId: 'p1', rationale: 'because' };

async function openWithProposals(...tabs: Tab[]): Promise<void> {
  for (const tab of tabs) await until(async () => (await tab.listPendingProposals()).length > 0);
}

/** A stream whose pages are of one change each. */
function pagesOf(changes: WireChange[], cursor: string, signal: AbortSignal): Response {
  const events = changes.map((change, index) => {
    const syncedUntil = cursor.replace(/\d+$/, String(change.position));
    const page: PullAnswer = { serverChanges: [change], syncedUntil, hasMore: index < changes.length - 1 };
    return `event: changes\nid: ${syncedUntil}\ndata: ${JSON.stringify(page)}\n\n`;
  });
  const body = new ReadableStream({
    start(controller) {
      for (const event of events) controller.enqueue(new TextEncoder().encode(event));
      signal.addEventListener('abort', () => controller.error(signal.reason));
    },
  });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
}

describe('an approval', () => {
  test('shows its effects at once, and the service puts its own in their place', async () => {
    await world.propose('p1');
    const phone = world.newDevice();
    const tab = await phone.openTab();
    await openWithProposals(tab);
    phone.goOffline();
    expect(await tab.decide({ proposalId: 'p1', decision: 'approve', feedback: ' good ' })).toEqual({ ok: true });

    expect(await tab.listPendingProposals()).toEqual([]);
    expect(await tab.getRecord('ai', 'aiProposals', 'p1')).toMatchObject({
      data: { status: 'approved', decidedBy: 'user', feedback: 'good' },
      unconfirmedBy: 'p1',
    });
    const foreseen = await tab.listRecords('todo', 'tasks');
    expect(foreseen).toMatchObject([
      { id: 'p1', data: { title: 'Buy milk', completed: false }, pending: false, unconfirmedBy: 'p1' },
    ]);
    expect(await tab.explainRecord({ appId: 'todo', table: 'tasks', id: 'p1' })).toMatchObject({
      title: { actor: AI, position: null },
    });

    // What is shown never changes on the way: no moment without it, and none with two.
    const shown = new Set<string>();
    phone.intercept = async (_, send) => {
      shown.add(JSON.stringify((await tab.listRecords('todo', 'tasks')).map(({ id, data }) => ({ id, data }))));
      return send();
    };
    phone.goOnline();
    await tab.untilSynced();
    shown.add(JSON.stringify((await tab.listRecords('todo', 'tasks')).map(({ id, data }) => ({ id, data }))));
    expect(shown.size).toBe(1);
    expect(await tab.listRecords('todo', 'tasks')).toMatchObject([{ id: 'p1', unconfirmedBy: null }]);
    expect((await log()).slice(1)).toMatchObject([
      {
        recordId: 'p1',
        tableName: 'aiProposals',
        actor: { kind: 'user' },
        data: { status: 'approved', feedback: 'good' },
      },
      { recordId: 'p1', tableName: 'tasks', actor: AI, data: { title: 'Buy milk' } },
    ]);
    await expectSameRecords(tab, world, 'todo');
    await expectSameRecords(tab, world, 'ai');
  });

  test('of edited parameters runs these, and names the hash of what was shown', async () => {
    await world.propose('p1');
    const phone = world.newDevice();
    const tab = await phone.openTab();
    await openWithProposals(tab);
    const edited = { title: '  Buy oat milk ' };
    const refused = await tab.decide({ proposalId: 'p1', decision: 'approve', params: { title: '' } });
    expect(refused).toMatchObject({ ok: false, reason: 'invalid_params', issues: [{ path: 'params.title' }] });
    expect(await tab.decide({ proposalId: 'p1', decision: 'approve', params: edited })).toEqual({ ok: true });
    expect(await tab.listRecords('todo', 'tasks')).toMatchObject([{ data: { title: 'Buy oat milk' } }]);
    await tab.untilSynced();
    const push = phone.requests.find(({ method }) => method === 'POST')?.body ?? '';
    const hash = (await tab.getRecord('ai', 'aiProposals', 'p1'))?.data.hash;
    expect(JSON.parse(push).changes).toMatchObject([{ id: 'p1', data: { status: 'approved', params: edited, hash } }]);
    expect(await tab.getRecord('ai', 'aiProposals', 'p1')).toMatchObject({
      data: { decidedParams: { title: 'Buy oat milk' } },
    });
    expect(await tab.listNotes()).toEqual([]);
  });

  test('of several steps foresees each on what the ones before would make', async () => {
    await world.propose('p1');
    await world.propose('p2', { toolName: 'complete_task', params: { taskId: 'p1' } });
    const phone = world.newDevice();
    const tab = await phone.openTab();
    await until(async () => (await tab.listPendingProposals()).length === 2);
    phone.goOffline();
    expect(await tab.decide({ proposalId: 'p2', decision: 'approve' })).toMatchObject({
      ok: false,
      reason: 'effect_refused',
    });
    await tab.decide({ proposalId: 'p1', decision: 'approve' });
    await tab.decide({ proposalId: 'p2', decision: 'approve' });
    expect(await tab.listRecords('todo', 'tasks')).toMatchObject([
      { id: 'p1', data: { completed: true }, unconfirmedBy: 'p2' },
    ]);
    phone.goOnline();
    await tab.untilSynced();
    expect(await tab.listRecords('todo', 'tasks')).toMatchObject([
      { id: 'p1', data: { completed: true }, unconfirmedBy: null },
    ]);
    await expectSameRecords(tab, world, 'todo');
  });

  test('whose effects were edited before they were confirmed leaves the edit standing', async () => {
    await world.propose('p1');
    const phone = world.newDevice();
    const tab = await phone.openTab();
    await openWithProposals(tab);
    phone.goOffline();
    await tab.decide({ proposalId: 'p1', decision: 'approve' });
    await tab.write(editTask('p1', { title: 'Buy soy milk' }));
    await tab.write(task('t1'));
    expect(await tab.getRecord('todo', 'tasks', 'p1')).toMatchObject({
      data: { title: 'Buy soy milk' },
      pending: true,
      unconfirmedBy: 'p1',
    });
    phone.goOnline();
    await tab.untilSynced();
    expect(await tab.getRecord('todo', 'tasks', 'p1')).toMatchObject({
      data: { title: 'Buy soy milk' },
      pending: false,
    });
    expect(await tab.listNotes()).toEqual([]);
    const order = (await log()).map(({ recordId, op }) => `${op} ${recordId}`).filter((change) => / p1$/.test(change));
    expect(order).toEqual(['insert p1', 'update p1', 'insert p1', 'update p1']);
    await expectSameRecords(tab, world, 'todo');
  });

  test('foreseen by a clock that is ahead gives way to what the person does by the right one', async () => {
    await world.propose('p1');
    const phone = world.newDevice();
    // Nothing comes back.
    phone.intercept = async ({ path, signal }, send) => (path.endsWith('/stream') ? silentStream(signal) : send());
    const tab = await phone.openTab();
    await openWithProposals(tab);
    phone.skewMs = 3_600_000;
    await tab.decide({ proposalId: 'p1', decision: 'approve' });
    await until(async () => (await tab.db.outbox.toArray())[0]?.state === 'acknowledged');
    // Refused for its time: from now on the phone goes by the service's clock.
    await tab.write(task('t1'));
    await until(async () => (await log()).length === 4);
    await tab.write({ appId: 'todo', table: 'tasks', id: 'p1', op: 'delete' });
    expect(await tab.getRecord('todo', 'tasks', 'p1')).toBeUndefined();
    expect(await tab.listRecords('todo', 'tasks')).toMatchObject([{ id: 't1' }]);
    phone.intercept = (_, send) => send();
    phone.goOffline();
    phone.goOnline();
    await tab.untilSynced();
    expect(await tab.listRecords('todo', 'tasks')).toMatchObject([{ id: 't1' }]);
    await expectSameRecords(tab, world, 'todo');
  });

  test('whose effects come with another page than itself is shown as before, and edits of them stand', async () => {
    await world.propose('p1');
    const phone = world.newDevice();
    phone.skewMs = -3_600_000;
    phone.intercept = async ({ path, signal }, send) => (path.endsWith('/stream') ? silentStream(signal) : send());
    const tab = await phone.openTab();
    await openWithProposals(tab);
    await tab.decide({ proposalId: 'p1', decision: 'approve' });
    await until(async () => (await tab.db.outbox.toArray())[0]?.state === 'acknowledged');
    await tab.write(editTask('p1', { title: 'Buy soy milk' }));

    // The log goes on with a page of the decision alone.
    const cursor = String((await tab.db.meta.get('cursor'))?.value);
    let changes: WireChange[] = [];
    phone.intercept = async ({ path, signal }, send) => {
      if (path === '/sync/pull') {
        ({ serverChanges: changes } = (await (await send()).json()) as PullAnswer);
        return Response.json({ serverChanges: [], syncedUntil: cursor, hasMore: false });
      }
      if (!path.endsWith('/stream')) return send();
      phone.intercept = (_, sendOn) => sendOn();
      return pagesOf(changes, cursor, signal);
    };
    phone.goOffline();
    phone.goOnline();
    await until(async () => (await log()).length === 4);
    phone.goOffline();
    phone.goOnline();
    await tab.untilSynced();
    expect(changes.map(({ table }) => table)).toEqual(['aiProposals', 'tasks']);
    expect(await tab.getRecord('todo', 'tasks', 'p1')).toMatchObject({ data: { title: 'Buy soy milk' } });
    await expectSameRecords(tab, world, 'todo');
  });

  test('is explained by who proposed, and the timeline has it', async () => {
    await world.propose('p1');
    const tab = await world.newDevice().openTab();
    await openWithProposals(tab);
    await tab.decide({ proposalId: 'p1', decision: 'approve' });
    await tab.untilSynced();
    await tab.write(editTask('p1', { notes: 'mine' }));
    await tab.untilSynced();
    const why = await tab.explainRecord({ appId: 'todo', table: 'tasks', id: 'p1' });
    expect(why).toMatchObject({
      title: { actor: AI, clientId: 'server', position: 3 },
      notes: { actor: { kind: 'user' }, position: 4 },
    });
    expect(await tab.explainRecord({ appId: 'todo', table: 'tasks', id: 'none' })).toBeUndefined();
    const timeline = { appId: 'todo', table: 'tasks', id: 'p1', op: 'insert', position: 3, actor: AI };
    expect(await tab.listAiChanges({ limit: 10 })).toMatchObject([{ ...timeline, data: { title: 'Buy milk' } }]);
    expect(await tab.listAiChanges({ missionId: 'm1', appId: 'todo', limit: 10 })).toMatchObject([timeline]);
    expect(await tab.listAiChanges({ missionId: 'm2', limit: 10 })).toEqual([]);
    expect(await tab.listAiChanges({ appId: 'notes', limit: 10 })).toEqual([]);
    expect(await tab.listAiChanges({ before: 3, limit: 10 })).toEqual([]);
    expect(await tab.listProposalsOf('m1')).toMatchObject([{ id: 'p1' }]);
  });
});

test('a rejection takes the card away and tells the service why', async () => {
  await world.propose('p1');
  const tab = await world.newDevice().openTab();
  await openWithProposals(tab);
  expect(await tab.decide({ proposalId: 'p1', decision: 'reject', params: { title: 'x' } })).toMatchObject({
    ok: false,
    reason: 'invalid_params',
  });
  expect(await tab.decide({ proposalId: 'p1', decision: 'reject', feedback: 'too early' })).toEqual({ ok: true });
  expect(await tab.listPendingProposals()).toEqual([]);
  await tab.untilSynced();
  expect((await log()).at(-1)).toMatchObject({ data: { status: 'rejected', feedback: 'too early' } });
  expect(await tab.listRecords('todo', 'tasks')).toEqual([]);
});

describe('a decision that another device made first', () => {
  test('withdraws this one with all that was shown of it, and says what won', async () => {
    await world.propose('p1');
    const [phone, laptop] = [world.newDevice(), world.newDevice()];
    const [mine, other] = [await phone.openTab(), await laptop.openTab()];
    await openWithProposals(mine, other);
    phone.goOffline();
    await mine.decide({ proposalId: 'p1', decision: 'approve' });
    await mine.write(editTask('p1', { notes: 'on top of it' }));
    await other.decide({ proposalId: 'p1', decision: 'reject', feedback: 'not now' });
    await other.untilSynced();
    expect(await mine.listRecords('todo', 'tasks')).toHaveLength(1);

    phone.goOnline();
    await mine.untilSynced();
    expect(await mine.listRecords('todo', 'tasks')).toEqual([]);
    expect(await mine.getRecord('ai', 'aiProposals', 'p1')).toMatchObject({
      data: { status: 'rejected', feedback: 'not now' },
      unconfirmedBy: null,
    });
    expect(await mine.listNotes()).toMatchObject(
      [
        {
          kind: 'withdrawn',
          proposalId: 'p1',
          decision: 'approved',
          reason: 'proposal_already_decided',
          winning: { status: 'rejected', decidedBy: 'user', feedback: 'not now' },
        },
        { kind: 'refused', reason: 'record_gone', changes: [{ appId: 'todo', change: { id: 'p1', op: 'update' } }] },
      ].sort((a, b) => (a.kind < b.kind ? 1 : -1)),
    );
    await expectSameRecords(mine, world, 'ai');
    await expectSameRecords(mine, world, 'todo');
  });

  test('does not matter where both decided the same: the record is there once, and the later is told', async () => {
    await world.propose('p1');
    const [phone, laptop] = [world.newDevice(), world.newDevice()];
    const [mine, other] = [await phone.openTab(), await laptop.openTab()];
    await openWithProposals(mine, other);
    phone.goOffline();
    await mine.decide({ proposalId: 'p1', decision: 'approve' });
    await other.decide({ proposalId: 'p1', decision: 'approve' });
    await other.untilSynced();
    phone.goOnline();
    await mine.untilSynced();
    expect(await mine.listRecords('todo', 'tasks')).toMatchObject([{ id: 'p1', unconfirmedBy: null }]);
    expect(await mine.listNotes()).toMatchObject([{ kind: 'withdrawn', winning: { status: 'approved' } }]);
    expect((await log()).filter(({ tableName }) => tableName === 'tasks')).toHaveLength(1);
  });

  test('takes the card away here, and it can no longer be decided', async () => {
    await world.propose('p1');
    const [mine, other] = [await world.newDevice().openTab(), await world.newDevice().openTab()];
    await openWithProposals(mine, other);
    await other.decide({ proposalId: 'p1', decision: 'reject' });
    await until(async () => (await mine.listPendingProposals()).length === 0);
    expect(await mine.decide({ proposalId: 'p1', decision: 'approve' })).toMatchObject({
      ok: false,
      reason: 'proposal_already_decided',
    });
  });
});

describe('a decision that has not been pushed', () => {
  test('can be undone, with what was made on it kept aside', async () => {
    await world.propose('p1');
    const phone = world.newDevice();
    const tab = await phone.openTab();
    await openWithProposals(tab);
    phone.goOffline();
    await tab.decide({ proposalId: 'p1', decision: 'approve' });
    await tab.write(editTask('p1', { title: 'Buy soy milk' }));
    expect(await tab.canUndoDecision('p1')).toBe(true);
    expect(await tab.undoDecision('p1')).toEqual({ ok: true });
    expect(await tab.canUndoDecision('p1')).toBe(false);
    expect(await tab.undoDecision('p1')).toEqual({ ok: false, reason: 'no_such_decision' });
    expect(await tab.listPendingProposals()).toMatchObject([
      { id: 'p1', data: { status: 'pending' }, unconfirmedBy: null },
    ]);
    expect(await tab.listRecords('todo', 'tasks')).toEqual([]);
    expect(await tab.listNotes()).toMatchObject([{ kind: 'refused', reason: 'record_gone' }]);
    // And made another way.
    expect(await tab.decide({ proposalId: 'p1', decision: 'reject' })).toEqual({ ok: true });
    phone.goOnline();
    await tab.untilSynced();
    expect((await log()).map(({ data }) => data.status)).toEqual(['pending', 'rejected']);
  });

  test('is one that went out without an answer? It may stand, so it cannot be undone', async () => {
    await world.propose('p1');
    const phone = world.newDevice();
    const tab = await phone.openTab();
    await openWithProposals(tab);
    phone.intercept = async ({ method }, send) => {
      if (method === 'POST') throw new TypeError('fetch failed');
      return send();
    };
    await tab.decide({ proposalId: 'p1', decision: 'approve' });
    await tab.untilState('offline');
    expect(await tab.canUndoDecision('p1')).toBe(false);
    expect(await tab.undoDecision('p1')).toEqual({ ok: false, reason: 'already_sent' });
  });
});

describe('a proposal cannot be decided', () => {
  test.each<[string, object, string]>([
    ['superseded', { status: 'superseded' }, 'proposal_superseded'],
    ['over', { expiresAt: '2026-01-01T00:00:00.000Z' }, 'proposal_expired'],
    ['of a tool that is no more', { toolName: 'gone' }, 'tool_denied'],
  ])('that is %s', async (_, over, reason) => {
    await world.propose('p1', over);
    const tab = await world.newDevice().openTab();
    await until(async () => (await tab.getRecord('ai', 'aiProposals', 'p1')) !== undefined);
    expect(await tab.decide({ proposalId: 'p1', decision: 'approve' })).toMatchObject({ ok: false, reason });
    expect(await tab.listPendingProposals()).toHaveLength(reason === 'tool_denied' ? 1 : 0);
    expect(await tab.countUnsynced()).toBe(0);
  });

  test('that the policy denies, or that nobody knows', async () => {
    await world.propose('p1');
    const tab = await world.newDevice().openTab();
    await openWithProposals(tab);
    await tab.write({ appId: 'ai', table: 'aiPolicy', id: 'policy', op: 'insert', data: { create_task: 'deny' } });
    expect(await tab.decide({ proposalId: 'p1', decision: 'approve' })).toMatchObject({ reason: 'tool_denied' });
    expect(await tab.decide({ proposalId: 'p2', decision: 'approve' })).toMatchObject({ reason: 'proposal_not_found' });
    expect(await tab.decide({ proposalId: 'p1', decision: 'reject' })).toEqual({ ok: true });
  });
});

test('a proposal that changed since it was shown is not decided, and stays open', async () => {
  await world.propose('p1', { hash: 'of something else' });
  const tab = await world.newDevice().openTab();
  await openWithProposals(tab);
  await tab.decide({ proposalId: 'p1', decision: 'approve' });
  await until(async () => (await tab.listNotes()).length === 1);
  expect(await tab.listNotes()).toMatchObject([{ kind: 'withdrawn', reason: 'proposal_changed', winning: null }]);
  expect(await tab.listPendingProposals()).toHaveLength(1);
  expect(await tab.listRecords('todo', 'tasks')).toEqual([]);
});
