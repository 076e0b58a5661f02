import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withUser } from '../../src/database/database.ts';
import { missionSummarySchema, missionViewSchema } from '../../src/missions/mission-view.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const italian = {
  title: 'Learn Italian',
  objective: 'Hold a conversation',
  conceptMarkdown: '- [ ] Find a course\n- [ ] Buy a book',
};

async function planned(user: TestUser, fields: object = italian) {
  const { body } = await user.post('/api/missions', fields);
  await app.runner.sweep();
  return body.id as string;
}

describe('GET /api/missions/{id}', () => {
  it('shows iterations with their plans and what became of each step', async () => {
    const user = app.user();
    const id = await planned(user);
    const { body: mission } = await user.get(`/api/missions/${id}`);
    expect(missionViewSchema.parse(mission)).toEqual(mission);
    expect(mission).toMatchObject({ wanted: 1, planned: 1, planning: 'idle' });
    const [iteration] = mission.iterations;
    expect(iteration).toMatchObject({
      id: `${id}-1`,
      want: 1,
      source: 'server',
      model: 'scripted',
      overallStatus: 'pending',
    });
    expect(iteration.usage).toEqual({ calls: 0, inputTokens: 0, outputTokens: 0 });
    expect(iteration.plan).toHaveLength(2);
    expect(iteration.plan[0]).toMatchObject({
      id: `${id}-1-0`,
      proposalId: `${id}-1-0`,
      status: 'pending',
      intent: { kind: 'toolCall', toolName: 'create_task', params: { title: 'Find a course' } },
    });
    expect(iteration.plan[0].rationale).toContain('Find a course');

    await user.post(`/api/proposals/${id}-1-0/decision`, { decision: 'approve' });
    await user.post(`/api/proposals/${id}-1-1/decision`, { decision: 'reject', feedback: 'I have one' });
    const [decided] = (await user.get(`/api/missions/${id}`)).body.iterations;
    expect(decided.overallStatus).toBe('decided');
    expect(decided.plan.map((step: { status: string }) => step.status)).toEqual(['approved', 'rejected']);
    expect(decided.plan[1]).toMatchObject({ feedback: 'I have one', decidedAt: expect.any(String) });
  });

  it('pages iterations, newest first', async () => {
    const user = app.user();
    const id = await planned(user);
    for (let n = 0; n < 4; n++) {
      await user.post(`/api/missions/${id}/run`);
      await app.runner.sweep();
    }
    const wants: number[] = [];
    let cursor: string | null = '';
    let pages = 0;
    while (cursor !== null) {
      const { body }: { body: { iterations: { want: number }[]; iterationsCursor: string | null } } = await user.get(
        `/api/missions/${id}?iterations=2${cursor && `&before=${cursor}`}`,
      );
      wants.push(...body.iterations.map(({ want }) => want));
      cursor = body.iterationsCursor;
      pages++;
    }
    expect(wants).toEqual([5, 4, 3, 2, 1]);
    expect(pages).toBe(3);
    const statuses = (await user.get(`/api/missions/${id}`)).body.iterations.map(
      (i: { overallStatus: string }) => i.overallStatus,
    );
    expect(statuses).toEqual(['pending', 'superseded', 'superseded', 'superseded', 'superseded']);
  });

  it('shows a failed iteration with its reason, and one that proposed nothing', async () => {
    const user = app.user();
    app.planner.outcomes.push({ ok: false, reason: 'reply_not_json', message: 'the reply is not JSON' });
    const id = await planned(user);
    expect((await user.get(`/api/missions/${id}`)).body.iterations[0]).toMatchObject({
      overallStatus: 'failed',
      error: { reason: 'reply_not_json', message: 'the reply is not JSON' },
      plan: [],
    });
    await user.patch(`/api/missions/${id}`, { conceptMarkdown: 'nothing to do' });
    await app.runner.sweep();
    expect((await user.get(`/api/missions/${id}`)).body.iterations[0]).toMatchObject({
      overallStatus: 'empty',
      plan: [],
    });
  });

  it('shows steps as approved, rejected, expired by themselves', async () => {
    const user = app.user();
    const approved = await planned(user);
    const rejected = await planned(user);
    const expired = await planned(user);
    for (const step of [0, 1]) {
      await user.post(`/api/proposals/${approved}-1-${step}/decision`, { decision: 'approve' });
      await user.post(`/api/proposals/${rejected}-1-${step}/decision`, { decision: 'reject' });
    }
    const status = async (id: string) => (await user.get(`/api/missions/${id}`)).body.iterations[0].overallStatus;
    expect([await status(approved), await status(rejected), await status(expired)]).toEqual([
      'approved',
      'rejected',
      'pending',
    ]);
    app.clock.aheadMs = 15 * 86_400_000;
    try {
      const { body } = await user.get(`/api/missions/${expired}`);
      expect(body.iterations[0].plan.map((step: { status: string }) => step.status)).toEqual(['expired', 'expired']);
      expect(body.iterations[0].overallStatus).toBe('decided');
      expect((await user.get('/api/missions')).body.missions[0]).toMatchObject({ id: expired, pendingProposals: 0 });
    } finally {
      app.clock.aheadMs = 0;
    }
  });

  it('says that a plan is backing off, and when the cadence comes next', async () => {
    const user = app.user();
    app.planner.outcomes.push({ ok: false, reason: 'model_unavailable', message: 'away' });
    const id = await planned(user, { ...italian, cadence: { kind: 'interval', everyMinutes: 60 } });
    expect((await user.get(`/api/missions/${id}`)).body).toMatchObject({ planning: 'retrying', wanted: 1, planned: 0 });
    await user.patch(`/api/missions/${id}`, { title: 'Learn more Italian' });
    await app.runner.sweep();
    const { body } = await user.get(`/api/missions/${id}`);
    expect(body.planning).toBe('idle');
    expect(Date.parse(body.nextRunAt)).toBeGreaterThan(Date.now());
    const paused = await user.patch(`/api/missions/${id}`, { state: 'paused' });
    expect(paused.body).toMatchObject({ state: 'paused', nextRunAt: null });
  });

  it('tolerates records of any shape', async () => {
    const user = app.user();
    await withUser(app.db, user.id, (tx) =>
      tx.query(sql`
        insert into sync_changes (user_id, app_id, table_name, record_id, op, data, actor)
        select ${user.id}, 'ai', t, id, 'insert', data::jsonb, '{"kind":"user"}'
        from (values
          ('aiMissions', 'odd', '{"title": 5, "objective": ["x"], "inputs": "none", "cadence": 7, "timeZone": {}, "state": 9}'),
          ('aiMissions', 'bare', '{}'),
          ('aiIterations', 'i1', '{"missionId": "odd", "plan": {"a": 1}, "usage": [], "error": "boom", "want": "x"}'),
          ('aiIterations', 'i2', '{"missionId": "odd", "plan": [1, null, {"id": 3}, {"proposalId": "p1"}, {"intent": [], "status": "done"}]}'),
          ('aiProposals', 'p1', '{"iterationId": "i2", "missionId": "odd", "params": [], "status": 4, "expiresAt": 1}'),
          ('aiProposals', 'p2', '{}'),
          ('aiProposals', 'p3', '{"missionId": "odd", "status": "pending", "params": null}')
        ) as v (t, id, data)`),
    );
    const { status, body } = await user.get('/api/missions/odd');
    expect(status).toBe(200);
    expect(missionViewSchema.parse(body)).toEqual(body);
    expect(body.iterations.map((iteration: { id: string }) => iteration.id)).toEqual(['i2', 'i1']);
    expect(body.iterations[0].plan.map((step: { status: string }) => step.status)).toEqual([
      'unknown',
      'unknown',
      'done',
    ]);
    expect((await user.get('/api/missions/bare')).body).toMatchObject({ title: '', state: 'active' });
    const list = (await user.get('/api/missions')).body.missions;
    expect(list.map((mission: unknown) => missionSummarySchema.parse(mission))).toEqual(list);
    expect((await user.get('/api/proposals')).body.proposals).toHaveLength(3);
    for (const id of ['p1', 'p2', 'p3']) {
      expect((await user.get(`/api/proposals/${id}`)).status).toBe(200);
      expect((await user.post(`/api/proposals/${id}/decision`, { decision: 'approve' })).status).toBe(409);
    }
  });
});

describe('GET /api/missions', () => {
  it('lists newest first with the newest iteration and open proposals, in pages and by state', async () => {
    const user = app.user();
    const first = await planned(user);
    const second = await planned(user, { ...italian, title: 'Second' });
    await user.post('/api/missions', { ...italian, title: 'Third', state: 'paused' });
    const { body } = await user.get('/api/missions');
    expect(body.missions.map((mission: { title: string }) => mission.title)).toEqual([
      'Third',
      'Second',
      'Learn Italian',
    ]);
    expect(body.nextCursor).toBeNull();
    expect(body.missions.map((mission: unknown) => missionSummarySchema.parse(mission))).toEqual(body.missions);
    expect(body.missions[0]).toMatchObject({
      state: 'paused',
      planning: 'idle',
      latestIteration: null,
      pendingProposals: 0,
    });
    expect(body.missions[1]).toMatchObject({
      id: second,
      latestIteration: { id: `${second}-1`, overallStatus: 'pending', startedAt: expect.any(String) },
      pendingProposals: 2,
    });

    const active = await user.get('/api/missions?state=active');
    expect(active.body.missions.map((mission: { id: string }) => mission.id)).toEqual([second, first]);
    const page = await user.get('/api/missions?limit=1&state=active');
    expect(page.body.missions.map((mission: { id: string }) => mission.id)).toEqual([second]);
    const rest = await user.get(`/api/missions?limit=1&state=active&before=${page.body.nextCursor}`);
    expect(rest.body).toMatchObject({ missions: [{ id: first }], nextCursor: null });
  });

  it.each(['state=asleep', 'limit=0', 'limit=201', 'limit=x', 'before=-1', 'before=1e5', 'stat=active'])(
    'refuses ?%s',
    async (query) => {
      const { status, body } = await app.user().get(`/api/missions?${query}`);
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
      expect(body.errors[0].path).toBe(query.split('=')[0]);
    },
  );
});
