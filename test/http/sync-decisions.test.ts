import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { MISSION_RUNNER } from '../../src/core/log/actor.ts';
import type { ProposalFields } from '../../src/core/proposals/proposal.ts';
import { appendChanges } from '../../src/database/append-changes.ts';
import { userSession, withUser } from '../../src/database/database.ts';
import { actionHash } from '../../src/decisions/action-hash.ts';
import { newUser, onBothEngines } from '../support/engines.ts';
import { readLog, type SyncClient, syncApp, syncClient } from './sync-app.ts';

const T1 = '2026-03-01T10:00:00.000Z';
const PARAMS = { title: 'Buy milk' };

const decide = (id: string, data: object, eventId?: string) => ({
  ...(eventId ? { eventId } : {}),
  table: 'aiProposals',
  id,
  op: 'update',
  data,
});

onBothEngines((engine) => {
  let user: string;
  let phone: SyncClient;
  let laptop: SyncClient;
  beforeEach(async () => {
    const app = syncApp(engine().db);
    user = newUser();
    phone = syncClient(app, user, 'phone', 'ai');
    laptop = syncClient(app, user, 'laptop', 'ai');
  });
  const log = () => readLog(engine().db, user);
  const titles = () =>
    engine().db.run(userSession(user), sql`select data ->> 'title' as title from records where table_name = 'tasks'`);
  async function propose(id: string, over: Partial<ProposalFields> = {}) {
    const data: ProposalFields = {
      missionId: 'm1',
      iterationId: 'm1-1',
      rationale: 'because',
      summary: 'Create a task',
      appId: 'todo',
      toolName: 'create_task',
      params: PARAMS,
      status: 'pending',
      hash: actionHash('create_task', PARAMS),
      expiresAt: '2999-01-01T00:00:00.000Z',
      ...over,
    };
    const change = {
      appId: 'ai',
      tableName: 'aiProposals',
      recordId: id,
      op: 'insert' as const,
      actor: MISSION_RUNNER,
    };
    await withUser(engine().db, user, (tx) =>
      appendChanges(tx, user, [{ ...change, data: { ...data } as JsonObject }]),
    );
  }

  test('is no longer open once its mission is deleted by a push, by two changes even; an older deletion, which loses, changes nothing', async () => {
    const mission = { table: 'aiMissions', id: 'm1' };
    await phone.push([{ ...mission, op: 'insert', data: { title: 'T', objective: 'O' } }]);
    await propose('p1');
    await propose('p2', { missionId: 'm2' });
    const statuses = () =>
      engine().db.run(
        userSession(user),
        sql`select record_id as id, data ->> 'status' as status from records where table_name = 'aiProposals' order by 1`,
      );
    await phone.push([
      {
        ...mission,
        op: 'delete',
        deletedAt: '2000-01-01T00:00:00.000Z',
        fields: { deletedAt: { value: '2000-01-01T00:00:00.000Z', updatedAt: '2000-01-01T00:00:00.000Z' } },
      },
    ]);
    expect(await statuses()).toMatchObject([{ status: 'pending' }, { status: 'pending' }]);
    const deletion = { ...mission, op: 'delete' };
    const { status, body } = await phone.push([deletion, deletion]);
    expect(status).toBe(200);
    expect(body.serverChanges.at(-1)).toMatchObject({ id: 'p1', fields: { status: { value: 'superseded' } } });
    // Taken back once: what is settled stays as it is.
    expect(await statuses()).toEqual([
      { id: 'p1', status: 'superseded' },
      { id: 'p2', status: 'pending' },
    ]);
    expect((await log()).filter(({ recordId, op }) => recordId === 'p1' && op === 'update')).toHaveLength(1);
  });

  test('is lost when the same push has deleted its mission before it', async () => {
    const mission = { table: 'aiMissions', id: 'm1' };
    await phone.push([{ ...mission, op: 'insert', data: { title: 'T', objective: 'O' } }]);
    await propose('p1');
    const fields = { status: { value: 'approved', updatedAt: T1 } };
    const approval = { eventId: 'd1', table: 'aiProposals', id: 'p1', op: 'update', fields };
    const { status, body } = await phone.push([{ ...mission, op: 'delete' }, approval]);
    expect(status).toBe(200);
    expect(body.conflicts).toMatchObject([{ eventId: 'd1', reason: 'proposal_superseded' }]);
    expect(await titles()).toEqual([]);
  });

  test('is made with its effects, in one transaction with the rest of the push', async () => {
    await propose('p1');
    const note = { table: 'journal', id: 'j1', op: 'insert', data: { text: 'x' } };
    const fields = { status: { value: 'approved', updatedAt: T1 }, feedback: { value: 'fine', updatedAt: T1 } };
    const { status, body } = await phone.push([
      { ...note, id: 'before' },
      { eventId: 'd1', table: 'aiProposals', id: 'p1', op: 'update', fields },
      { ...note, id: 'after' },
    ]);
    expect({ status, conflicts: body.conflicts }).toEqual({ status: 200, conflicts: [] });
    expect((await log()).slice(1)).toMatchObject([
      { recordId: 'before' },
      {
        id: 'd1',
        clientId: 'phone',
        recordId: 'p1',
        op: 'update',
        actor: { kind: 'user' },
        data: { status: 'approved', decidedBy: 'user', feedback: 'fine', decidedAt: expect.any(String) },
      },
      {
        appId: 'todo',
        op: 'insert',
        clientId: 'server',
        data: PARAMS,
        actor: { kind: 'ai', proposalId: 'p1', rationale: 'because' },
      },
      { recordId: 'after' },
    ]);
    // Who decided and when is of the server's making, so the client is sent its own decision as it was recorded.
    expect(body.serverChanges).toMatchObject([
      { id: 'p1', op: 'insert' },
      { id: 'p1', eventId: 'd1', clientId: 'phone' },
    ]);
  });

  test('may change the parameters, or reject', async () => {
    await propose('p1');
    await propose('p2');
    const edited = { ...PARAMS, title: 'Buy oat milk' };
    const { body } = await phone.push([
      decide('p1', { status: 'approved', params: edited, hash: actionHash('create_task', PARAMS) }),
      decide('p2', { status: 'rejected', feedback: 'no' }),
    ]);
    expect(body.conflicts).toEqual([]);
    expect(await titles()).toEqual([{ title: 'Buy oat milk' }]);
    expect((await log()).filter(({ op }) => op === 'update')).toMatchObject([
      { data: { status: 'approved', decidedParams: edited } },
      { data: { status: 'rejected', feedback: 'no' } },
    ]);
  });

  test('pushed again is the same decision, and no conflict', async () => {
    await propose('p1');
    await propose('p2');
    const push = [
      decide('p1', { status: 'approved', params: { title: ' Buy oat milk ' } }, 'd1'),
      decide('p2', { status: 'rejected', feedback: 'no' }, 'd2'),
      { eventId: 'e1', table: 'journal', id: 'j1', op: 'insert', data: { text: 'x' } },
    ];
    const first = await phone.push(push);
    expect(first.body.conflicts).toEqual([]);
    const before = await log();
    for (let again = 0; again < 3; again++) expect(await phone.push(push)).toEqual(first);
    expect(await log()).toEqual(before);
  });

  test.each<[string, object, string]>([
    ['another decision', { status: 'rejected' }, 'p1'],
    ['other feedback', { status: 'approved', feedback: 'x' }, 'p1'],
    ['other parameters', { status: 'approved', params: { title: 'x' } }, 'p1'],
    ['another proposal', { status: 'approved' }, 'p2'],
  ])('under a used event id with %s is refused, and the whole push with it', async (_, data, id) => {
    await propose('p1');
    await propose('p2');
    await phone.push([decide('p1', { status: 'approved' }, 'd1')]);
    const before = await log();
    const { status, body } = await phone.push([
      { table: 'journal', id: 'j1', op: 'insert', data: {} },
      decide(id, data, 'd1'),
    ]);
    expect({ status, code: body.code, errors: body.errors }).toMatchObject({
      status: 422,
      code: 'event_id_reused',
      errors: [{ path: 'changes.1.eventId' }],
    });
    expect(await log()).toEqual(before);
  });

  describe('that lost', () => {
    test('to the other device is told what was decided there; the rest of the push stands', async () => {
      await propose('p1');
      await laptop.push([decide('p1', { status: 'rejected', feedback: 'mine first' }, 'd1')]);
      const push = [
        decide('p1', { status: 'approved' }, 'd2'),
        { eventId: 'e1', table: 'journal', id: 'j1', op: 'insert', data: {} },
      ];
      const first = await phone.push(push);
      expect(first.status).toBe(200);
      expect(first.body.conflicts).toEqual([
        {
          table: 'aiProposals',
          id: 'p1',
          eventId: 'd2',
          reason: 'proposal_already_decided',
          message: expect.any(String),
          decision: { status: 'rejected', decidedAt: expect.any(String), decidedBy: 'user', feedback: 'mine first' },
        },
      ]);
      expect((await log()).map(({ id }) => id)).toEqual([expect.any(String), 'd1', 'e1']);
      expect(await titles()).toEqual([]);
      expect(await phone.push(push)).toEqual(first);
    });

    test('to an earlier one of the same push', async () => {
      await propose('p1');
      const { body } = await phone.push([decide('p1', { status: 'rejected' }), decide('p1', { status: 'approved' })]);
      expect(body.conflicts).toMatchObject([{ reason: 'proposal_already_decided', decision: { status: 'rejected' } }]);
    });

    test.each<[string, Partial<ProposalFields>, object, string, object | null]>([
      [
        'superseded',
        { status: 'superseded', decidedAt: T1 },
        {},
        'proposal_superseded',
        { status: 'superseded', decidedAt: T1 },
      ],
      ['out of time', { expiresAt: T1 }, {}, 'proposal_expired', { status: 'expired' }],
      ['shown otherwise', {}, { hash: 'x' }, 'proposal_changed', null],
      ['with parameters that are none', {}, { params: { title: '' } }, 'invalid_params', null],
      ['of a tool that is no more', { toolName: 'gone' }, {}, 'tool_denied', null],
    ])('because the proposal is %s', async (_, over, more, reason, decision) => {
      await propose('p1', over);
      const before = await log();
      const { status, body } = await phone.push([decide('p1', { status: 'approved', ...more })]);
      expect({ status, conflicts: body.conflicts }).toMatchObject({
        status: 200,
        conflicts: [{ id: 'p1', reason, decision }],
      });
      expect(await log()).toEqual(before);
    });

    test('because there is no such proposal, or not for this user', async () => {
      await propose('p1');
      const other = syncClient(syncApp(engine().db), newUser(), 'phone', 'ai');
      const { body } = await other.push([decide('p1', { status: 'approved' })]);
      expect(body.conflicts).toMatchObject([{ id: 'p1', reason: 'proposal_not_found', decision: null }]);
    });

    test('to a policy that came with the same push', async () => {
      await propose('p1');
      await propose('p2');
      const policy = { table: 'aiPolicy', id: 'policy', op: 'insert', data: { create_task: 'deny' } };
      const { body } = await phone.push([
        decide('p1', { status: 'approved' }),
        policy,
        decide('p2', { status: 'approved' }),
      ]);
      expect(body.conflicts).toMatchObject([{ id: 'p2', reason: 'tool_denied', decision: null }]);
      expect(await titles()).toEqual([{ title: 'Buy milk' }]);
    });
  });
});
