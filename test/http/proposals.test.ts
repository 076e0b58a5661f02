import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { withUser } from '../../src/database/database.ts';
import { actionHash } from '../../src/decisions/action-hash.ts';
import { proposalViewSchema } from '../../src/missions/proposal-view.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

/** A mission whose plan has these steps; answers with its id and the ids of its proposals. */
async function proposed(user: TestUser, ...steps: { toolName: string; params: JsonObject }[]) {
  app.planner.propose(...steps);
  const { body } = await user.post('/api/missions', { title: 'Move house', objective: 'Without losing the cat' });
  await app.runner.sweep();
  return {
    missionId: body.id as string,
    ids: steps.map((_, index) => `${body.id}-1-${index}`) as [string, ...string[]],
  };
}

const task = (title: string) => ({ toolName: 'create_task', params: { title } });
const event = (title: string) => ({ toolName: 'create_event', params: { title, startsAt: '2026-04-01T10:00:00Z' } });

function logLength(user: TestUser) {
  return withUser(app.db, user.id, async (tx) => {
    const [row] = await tx.query<{ position: number }>(
      sql`select position from user_heads where user_id = current_user_id()`,
    );
    return row?.position;
  });
}

describe('GET /api/proposals', () => {
  it('shows what is to be decided, with the hash of what is shown', async () => {
    const user = app.user();
    const { missionId, ids } = await proposed(user, task('Pack'), event('Van comes'));
    const { body } = await user.get('/api/proposals');
    expect(body.proposals.map((proposal: unknown) => proposalViewSchema.parse(proposal))).toEqual(body.proposals);
    expect(body.proposals.map((proposal: { id: string }) => proposal.id)).toEqual([...ids].reverse());
    expect(body.proposals[1]).toMatchObject({
      id: ids[0],
      missionId,
      missionTitle: 'Move house',
      iterationId: `${missionId}-1`,
      module: 'todo',
      toolName: 'create_task',
      params: { title: 'Pack' },
      summary: 'do create_task',
      rationale: 'because of create_task',
      status: 'pending',
      hash: actionHash('create_task', { title: 'Pack' }),
    });
    expect((await user.get(`/api/proposals/${ids[0]}`)).body).toEqual(body.proposals[1]);
  });

  it('filters by status, module and mission, and pages', async () => {
    const user = app.user();
    const a = await proposed(user, task('A1'), event('A2'), task('A3'));
    const b = await proposed(user, task('B1'));
    await user.post(`/api/proposals/${a.ids[0]}/decision`, { decision: 'approve' });
    await user.post(`/api/proposals/${a.ids[1]}/decision`, { decision: 'reject' });
    const ids = async (query: string) =>
      (await user.get(`/api/proposals?${query}`)).body.proposals.map((proposal: { id: string }) => proposal.id);
    expect(await ids('status=pending')).toEqual([b.ids[0], a.ids[2]]);
    expect(await ids('status=approved')).toEqual([a.ids[0]]);
    expect(await ids('status=rejected')).toEqual([a.ids[1]]);
    expect(await ids('status=expired')).toEqual([]);
    expect(await ids('module=calendar')).toEqual([a.ids[1]]);
    expect(await ids(`missionId=${b.missionId}`)).toEqual([b.ids[0]]);
    expect(await ids(`missionId=${a.missionId}&status=pending&module=todo`)).toEqual([a.ids[2]]);
    await user.post(`/api/missions/${b.missionId}/run`);
    await app.runner.sweep();
    expect(await ids('status=superseded')).toEqual([b.ids[0]]);

    const first = await user.get('/api/proposals?limit=3');
    const second = await user.get(`/api/proposals?limit=3&before=${first.body.nextCursor}`);
    const paged = [...first.body.proposals, ...second.body.proposals].map((proposal: { id: string }) => proposal.id);
    expect(paged).toEqual([b.ids[0], ...[...a.ids].reverse()]);
    expect(second.body.nextCursor).toBeNull();

    app.clock.aheadMs = 15 * 86_400_000;
    try {
      expect(await ids('status=expired')).toEqual([a.ids[2]]);
      expect(await ids('status=pending')).toEqual([]);
    } finally {
      app.clock.aheadMs = 0;
    }
  });

  it.each(['status=open', 'limit=201', 'before=abc', 'colour=red', 'missionId='])('refuses ?%s', async (query) => {
    const { status, body } = await app.user().get(`/api/proposals?${query}`);
    expect({ status, code: body.code, path: body.errors[0].path }).toEqual({
      status: 400,
      code: 'invalid_request',
      path: query.split('=')[0],
    });
  });

  it('answers 404 for one that is not there', async () => {
    expect(await app.user().get('/api/proposals/none')).toMatchObject({
      status: 404,
      body: { code: 'proposal_not_found' },
    });
    expect((await app.user().get(`/api/proposals/${'x'.repeat(256)}`)).status).toBe(400);
  });
});

describe('POST /api/proposals/{id}/decision', () => {
  it('approves: the record is made, and says who, for which mission and why', async () => {
    const user = app.user();
    const { missionId, ids } = await proposed(user, task('Pack'));
    const { body: shown } = await user.get(`/api/proposals/${ids[0]}`);
    const { status, body } = await user.post(`/api/proposals/${ids[0]}/decision`, {
      decision: 'approve',
      hash: shown.hash,
      feedback: ' good ',
    });
    expect(status).toBe(200);
    expect(body.proposal).toMatchObject({ id: ids[0], status: 'approved', decidedBy: 'user', feedback: 'good' });
    expect(body.records).toEqual([{ appId: 'todo', table: 'tasks', id: ids[0] }]);
    const record = await user.get(`/api/records/todo/tasks/${ids[0]}`);
    expect(record.body.data).toMatchObject({ title: 'Pack', completed: false });
    expect(record.body.attribution.title).toEqual({
      actor: {
        kind: 'ai',
        missionId,
        iterationId: `${missionId}-1`,
        proposalId: ids[0],
        rationale: 'because of create_task',
      },
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      position: record.body.fieldMeta.title.position,
    });
  });

  it('approves with other parameters, and shows both', async () => {
    const user = app.user();
    const { ids } = await proposed(user, task('Pack'));
    const { body } = await user.post(`/api/proposals/${ids[0]}/decision`, {
      decision: 'approve',
      params: { title: 'Pack early' },
    });
    expect(body.proposal).toMatchObject({ params: { title: 'Pack' }, decidedParams: { title: 'Pack early' } });
    expect(body.proposal.hash).toBe(actionHash('create_task', { title: 'Pack' }));
    expect((await user.get(`/api/records/todo/tasks/${ids[0]}`)).body.data.title).toBe('Pack early');
  });

  it('rejects: nothing is made', async () => {
    const user = app.user();
    const { ids } = await proposed(user, task('Pack'));
    const { body } = await user.post(`/api/proposals/${ids[0]}/decision`, { decision: 'reject', feedback: 'no' });
    expect(body).toMatchObject({ proposal: { status: 'rejected', feedback: 'no' }, records: [] });
    expect((await user.get('/api/records/todo/tasks')).body.records).toEqual([]);
  });

  it('is made once: the second gets the winning decision', async () => {
    const user = app.user();
    const { ids } = await proposed(user, task('Pack'));
    const path = `/api/proposals/${ids[0]}/decision`;
    const won = await user.post(path, { decision: 'approve', params: { title: 'Mine' }, feedback: 'first' });
    const before = await logLength(user);
    const { status, body } = await user.post(path, { decision: 'reject' });
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'proposal_already_decided' });
    expect(body.proposal).toEqual(won.body.proposal);
    expect(body.decision).toEqual({
      status: 'approved',
      decidedAt: won.body.proposal.decidedAt,
      decidedBy: 'user',
      feedback: 'first',
      params: { title: 'Mine' },
    });
    expect(await logLength(user)).toBe(before);
  });

  it('refuses what is superseded, expired or not what was shown', async () => {
    const user = app.user();
    const { missionId, ids } = await proposed(user, task('Pack'));
    const path = `/api/proposals/${ids[0]}/decision`;
    const changed = await user.post(path, {
      decision: 'approve',
      hash: actionHash('create_task', { title: 'Something else' }),
    });
    expect(changed).toMatchObject({
      status: 409,
      body: { code: 'proposal_changed', proposal: { id: ids[0], status: 'pending' } },
    });
    app.clock.aheadMs = 15 * 86_400_000;
    try {
      const late = await user.post(path, { decision: 'approve' });
      expect(late).toMatchObject({ status: 409, body: { code: 'proposal_expired', proposal: { status: 'expired' } } });
      expect(late.body).not.toHaveProperty('decision');
    } finally {
      app.clock.aheadMs = 0;
    }
    await user.post(`/api/missions/${missionId}/run`);
    await app.runner.sweep();
    expect(await user.post(path, { decision: 'approve' })).toMatchObject({
      status: 409,
      body: { code: 'proposal_superseded', proposal: { status: 'superseded' } },
    });
    expect((await user.get('/api/records/todo/tasks')).body.records).toEqual([]);
  });

  it('refuses a tool that the policy denies by now, and an effect that cannot be', async () => {
    const user = app.user();
    const { ids } = await proposed(user, task('Pack'), { toolName: 'complete_task', params: { taskId: 'nobody' } });
    await user.put('/api/policy', { create_task: 'deny' });
    expect(await user.post(`/api/proposals/${ids[0]}/decision`, { decision: 'approve' })).toMatchObject({
      status: 409,
      body: { code: 'tool_denied', proposal: { status: 'pending' } },
    });
    expect(await user.post(`/api/proposals/${ids[1]}/decision`, { decision: 'approve' })).toMatchObject({
      status: 409,
      body: { code: 'effect_refused', proposal: { status: 'pending' } },
    });
    await user.put('/api/policy', { create_task: 'propose' });
    expect((await user.post(`/api/proposals/${ids[0]}/decision`, { decision: 'approve' })).status).toBe(200);
  });

  it('refuses parameters that the tool does not take, each by its path', async () => {
    const user = app.user();
    const { ids } = await proposed(user, task('Pack'));
    const before = await logLength(user);
    const { status, body } = await user.send('POST', `/api/proposals/${ids[0]}/decision`, {
      body: '{"decision":"approve","params":{"title":"","dueDate":"soon","__proto__":{"x":1}}}',
      headers: { 'Content-Type': 'application/json' },
    });
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_params' });
    expect(body.errors.map((error: { path: string }) => error.path)).toEqual(
      expect.arrayContaining(['params.title', 'params.dueDate']),
    );
    expect(await logLength(user)).toBe(before);
  });

  it.each([
    [{}, 'decision'],
    [{ decision: 'maybe' }, 'decision'],
    [{ decision: 'reject', params: { title: 'x' } }, 'params'],
    [{ decision: 'approve', params: ['x'] }, 'params'],
    [{ decision: 'approve', feedback: 'x'.repeat(4_001) }, 'feedback'],
    [{ decision: 'approve', force: true }, 'force'],
  ])('refuses the body %j', async (decision, path) => {
    const user = app.user();
    const { ids } = await proposed(user, task('Pack'));
    const { status, body } = await user.post(`/api/proposals/${ids[0]}/decision`, decision);
    expect({ status, code: body.code, path: body.errors[0].path }).toEqual({
      status: 400,
      code: 'invalid_request',
      path,
    });
  });

  it('answers 404 for one that is not there', async () => {
    const answer = await app.user().post('/api/proposals/none/decision', { decision: 'approve' });
    expect(answer).toMatchObject({ status: 404, body: { code: 'proposal_not_found' } });
    expect(answer.body).not.toHaveProperty('proposal');
  });
});

describe('POST /api/proposals/decisions', () => {
  it('decides each by itself, in order; a refusal does not stop the rest', async () => {
    const user = app.user();
    const { ids } = await proposed(user, task('One'), task('Two'), event('Three'), {
      toolName: 'complete_task',
      params: { taskId: 'x' },
    });
    const { status, body } = await user.post('/api/proposals/decisions', {
      decisions: [
        { id: ids[0], decision: 'approve' },
        { id: 'none', decision: 'approve' },
        { id: ids[0], decision: 'reject' },
        { id: ids[1], decision: 'approve', params: { title: '' } },
        { id: ids[1], decision: 'approve', hash: 'other' },
        { id: ids[3], decision: 'approve' },
        { id: ids[2], decision: 'reject', feedback: 'too early' },
      ],
    });
    expect(status).toBe(200);
    expect(
      body.results.map(({ id, ok, code, status }: JsonObject) => (ok ? [id, ok] : [id, ok, status, code])),
    ).toEqual([
      [ids[0], true],
      ['none', false, 404, 'proposal_not_found'],
      [ids[0], false, 409, 'proposal_already_decided'],
      [ids[1], false, 400, 'invalid_params'],
      [ids[1], false, 409, 'proposal_changed'],
      [ids[3], false, 409, 'effect_refused'],
      [ids[2], true],
    ]);
    expect(body.results[0].records).toEqual([{ appId: 'todo', table: 'tasks', id: ids[0] }]);
    expect(body.results[2].decision).toMatchObject({ status: 'approved' });
    expect(body.results[3].errors).toEqual([{ path: 'params.title', message: expect.any(String) }]);
    expect(body.results[4].proposal).toMatchObject({ id: ids[1], status: 'pending' });
    expect(body.results[6].proposal).toMatchObject({ status: 'rejected', feedback: 'too early' });
    expect((await user.get('/api/records/todo/tasks')).body.records).toHaveLength(1);
  });

  it('decides nothing when one entry is malformed', async () => {
    const user = app.user();
    const { ids } = await proposed(user, task('One'));
    const before = await logLength(user);
    const good = { id: ids[0], decision: 'approve' };
    const bodies: [unknown, string][] = [
      [{ decisions: [good, { id: ids[0], decision: 'perhaps' }] }, 'decisions.1.decision'],
      [{ decisions: [good, { decision: 'approve' }] }, 'decisions.1.id'],
      [{ decisions: [good, { id: 'x', decision: 'reject', params: {} }] }, 'decisions.1.params'],
      [{ decisions: [] }, 'decisions'],
      [{ decisions: Array(201).fill(good) }, 'decisions'],
      [{}, 'decisions'],
    ];
    for (const [body, path] of bodies) {
      expect(await user.post('/api/proposals/decisions', body)).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', errors: [{ path }] },
      });
    }
    expect(await logLength(user)).toBe(before);
  });

  it('tells of a failure on our side for that decision alone', async () => {
    const user = app.user();
    const { ids } = await proposed(user, task('One'), task('Two'));
    let transactions = 0;
    const failing = app.variant({
      db: {
        ...app.db,
        transaction: (session, work) => {
          if (++transactions === 1)
            return Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
          return app.db.transaction(session, work);
        },
      },
    });
    const decisions = ids.map((id) => ({ id, decision: 'approve' }));
    const response = await failing.request('/api/proposals/decisions', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Test-User': user.id },
      body: JSON.stringify({ decisions }),
    });
    const { results } = (await response.json()) as { results: unknown };
    expect(results).toMatchObject([
      { id: ids[0], ok: false, status: 503, code: 'database_unavailable' },
      { id: ids[1], ok: true },
    ]);
  });
});
