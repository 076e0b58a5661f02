import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withUser } from '../../src/database/database.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const CANARY = 'canary-7f3a';

/** All that the database holds of a user. */
function everything(user: TestUser) {
  return withUser(app.db, user.id, async (tx) => [
    await tx.query(sql`select * from sync_changes order by position`),
    await tx.query(sql`select * from records order by app_id, table_name, record_id`),
    await tx.query(sql`select * from missions order by mission_id`),
  ]);
}

async function personWithData(): Promise<TestUser> {
  const user = app.user();
  // What an earlier test left wanting a plan must not take the one that is meant for this mission.
  await app.runner.sweep();
  app.planner.propose(
    { toolName: 'create_task', params: { title: CANARY } },
    { toolName: 'create_task', params: { title: `${CANARY} 2` } },
  );
  await user.post('/api/missions', {
    id: `${CANARY}-mission`,
    title: CANARY,
    objective: CANARY,
    conceptMarkdown: CANARY,
  });
  await app.runner.sweep();
  await user.post(`/api/proposals/${CANARY}-mission-1-0/decision`, { decision: 'approve', feedback: CANARY });
  await user.post(`/api/missions/${CANARY}-mission/iterations/${CANARY}-mission-1/feedback`, { feedback: CANARY });
  await user.put('/api/records/notes/notes/n1', { title: CANARY, contentMarkdown: CANARY });
  await user.put('/api/policy', { create_note: 'deny' });
  return user;
}

describe('user B', () => {
  it('gets 404 for every id of A, and A keeps everything', async () => {
    const a = await personWithData();
    const before = await everything(a);
    const b = app.user();
    const mission = `/api/missions/${CANARY}-mission`;
    const note = '/api/records/notes/notes/n1';
    const answers = [
      await b.get(mission),
      await b.patch(mission, { title: 'mine' }),
      await b.delete(mission),
      await b.post(`${mission}/run`),
      await b.post(`${mission}/iterations/${CANARY}-mission-1/feedback`, { feedback: 'mine' }),
      await b.get(`/api/proposals/${CANARY}-mission-1-1`),
      await b.post(`/api/proposals/${CANARY}-mission-1-1/decision`, { decision: 'approve' }),
      await b.get(note),
      await b.patch(note, { title: 'mine' }),
      await b.delete(note),
      await b.get(`/api/records/ai/aiIterations/${CANARY}-mission-1`),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));

    // Nothing in the answer tells an id of A's from one that nobody has.
    const other = await b.get('/api/missions/nobody-has-this');
    expect(answers[0]?.body).toEqual(other.body);

    const lists = [
      await b.get('/api/missions'),
      await b.get('/api/proposals'),
      await b.get(`/api/proposals?missionId=${CANARY}-mission`),
      await b.get('/api/records/notes/notes'),
      await b.get('/api/records/ai/aiMissions'),
      await b.get('/api/policy'),
    ];
    expect(JSON.stringify(lists)).not.toContain(`"title":"${CANARY}`);
    expect(lists.slice(0, 5).map(({ body }) => Object.values(body)[0])).toEqual([[], [], [], [], []]);
    expect(JSON.stringify(lists[5]?.body)).not.toContain('"policy":"deny"');

    const batch = await b.post('/api/proposals/decisions', {
      decisions: [{ id: `${CANARY}-mission-1-1`, decision: 'reject' }],
    });
    expect(batch.body.results).toMatchObject([{ ok: false, status: 404, code: 'proposal_not_found' }]);
    expect(await everything(a)).toEqual(before);
  });

  it('may use the same ids for data of its own', async () => {
    const [a, b] = [await personWithData(), app.user()];
    const before = await everything(a);
    await b.put('/api/records/notes/notes/n1', { title: 'B', contentMarkdown: '' });
    await b.post('/api/missions', {
      id: `${CANARY}-mission`,
      title: 'B',
      objective: 'B',
      conceptMarkdown: '- [ ] of B',
    });
    await b.patch(`/api/missions/${CANARY}-mission`, { state: 'paused' });
    await b.put('/api/policy', { create_task: 'auto' });
    expect((await b.get('/api/records/notes/notes/n1')).body.data.title).toBe('B');
    expect((await b.get(`/api/missions/${CANARY}-mission`)).body).toMatchObject({ title: 'B', iterations: [] });
    expect(await everything(a)).toEqual(before);
  });
});

describe('the log of the service', () => {
  it('has one line per request with the route, and nothing of a person', async () => {
    app.logged.length = 0;
    const user = await personWithData();
    await user.get(`/api/missions/${CANARY}-mission?iterations=5`);
    await user.get(`/api/missions/${CANARY}`);
    await user.get(`/${CANARY}`);
    await user.send('POST', '/api/missions', { body: `{"${CANARY}`, headers: { 'Content-Type': 'application/json' } });
    await user.post('/api/missions', { [CANARY]: CANARY });
    await user.post(`/api/proposals/${CANARY}-mission-1-0/decision`, { decision: 'reject', feedback: CANARY });
    await user.send('POST', '/internal/tick', { headers: { 'X-Service-Key': CANARY } });
    const lines = app.logged.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
    // The test reads /openapi.json too.
    const own = lines.filter(({ route }) => route !== '/openapi.json');
    expect(own.map(({ method, route, status }) => [method, route, status])).toEqual([
      ['POST', '/api/missions', 201],
      ['POST', '/api/proposals/{id}/decision', 200],
      ['POST', '/api/missions/{id}/iterations/{iterationId}/feedback', 200],
      ['PUT', '/api/records/{appId}/{table}/{id}', 201],
      ['PUT', '/api/policy', 200],
      ['GET', '/api/missions/{id}', 200],
      ['GET', '/api/missions/{id}', 404],
      ['GET', null, 404],
      ['POST', '/api/missions', 400],
      ['POST', '/api/missions', 400],
      ['POST', '/api/proposals/{id}/decision', 409],
      ['POST', '/internal/tick', 401],
    ]);
    for (const line of own) expect(line).toMatchObject({ ms: expect.any(Number), requestId: expect.any(String) });
    // The runner logs which mission it planned, by id; the edge logs no id at all.
    expect(JSON.stringify(lines)).not.toContain(CANARY);
    expect(app.logged.join('')).not.toContain(user.id);
  });
});
