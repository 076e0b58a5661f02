import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missionViewSchema } from '../../src/missions/mission-view.ts';
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

describe('POST /api/missions', () => {
  it('creates a mission that waits for its plan', async () => {
    const user = app.user();
    const { status, headers, body } = await user.post('/api/missions', italian);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/api/missions/${body.id}`);
    expect(missionViewSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({
      ...italian,
      inputs: [],
      cadence: { kind: 'manual' },
      timeZone: 'UTC',
      state: 'active',
      nextRunAt: null,
      wanted: 1,
      planned: 0,
      planning: 'queued',
      iterations: [],
      iterationsCursor: null,
    });
    expect(Date.parse(body.createdAt)).toBeGreaterThan(0);
  });

  it('takes an id, once', async () => {
    const user = app.user();
    const fields = { ...italian, id: 'my/mission ü' };
    const created = await user.post('/api/missions', fields);
    expect(created.body.id).toBe('my/mission ü');
    const location = created.headers.get('location') as string;
    expect((await user.get(location)).body.title).toBe('Learn Italian');
    expect(await user.post('/api/missions', fields)).toMatchObject({ status: 409, body: { code: 'mission_exists' } });
    await user.delete(location);
    expect(await user.post('/api/missions', fields)).toMatchObject({ status: 409, body: { code: 'mission_exists' } });
    expect((await app.user().post('/api/missions', fields)).status).toBe(201);
  });

  it.each([
    ['a missing title', { objective: 'o' }, 'title', 'is required'],
    ['an empty title', { ...italian, title: '  ' }, 'title', undefined],
    ['an unknown field', { ...italian, concept: 'x' }, 'concept', 'is not a known field'],
    [
      'an interval of no minutes',
      { ...italian, cadence: { kind: 'interval', everyMinutes: 0 } },
      'cadence.everyMinutes',
      undefined,
    ],
    [
      'a cron with seven fields',
      { ...italian, cadence: { kind: 'cron', expression: '0 0 9 * * 1 2026' } },
      'cadence.expression',
      undefined,
    ],
    ['an unknown time zone', { ...italian, timeZone: 'Mars/Olympus' }, 'timeZone', undefined],
    ['an unknown state', { ...italian, state: 'sleeping' }, 'state', undefined],
    [
      'an input without an id',
      { ...italian, inputs: [{ appId: 'notes', table: 'notes' }] },
      'inputs.0.id',
      'is required',
    ],
    ['an id over 200 characters', { ...italian, id: 'x'.repeat(201) }, 'id', undefined],
    ['an id with a control character', { ...italian, id: 'a\tb' }, 'id', undefined],
    ['a list', [], '', undefined],
  ])('refuses %s and writes nothing', async (_, fields, path, message) => {
    const user = app.user();
    const { status, body } = await user.post('/api/missions', fields);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
    expect(body.errors.map((error: { path: string }) => error.path)).toContain(path);
    if (message) expect(body.errors).toContainEqual({ path, message });
    expect((await user.get('/api/missions')).body.missions).toEqual([]);
  });

  it('names every wrong field at once', async () => {
    const { body } = await app.user().post('/api/missions', { title: '', timeZone: '+02:00', extra: 1 });
    expect(body.errors.map((error: { path: string }) => error.path).sort()).toEqual([
      'extra',
      'objective',
      'timeZone',
      'title',
    ]);
  });
});

describe('PATCH /api/missions/{id}', () => {
  it('writes only what is given, and is planned again at once', async () => {
    const user = app.user();
    const id = await planned(user);
    const { status, body } = await user.patch(`/api/missions/${id}`, { conceptMarkdown: '- [ ] Watch a film' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      title: 'Learn Italian',
      conceptMarkdown: '- [ ] Watch a film',
      wanted: 2,
      planned: 1,
      planning: 'queued',
    });
    const record = await user.get(`/api/records/ai/aiMissions/${id}`);
    const writes = Object.values(record.body.fieldMeta as Record<string, { position: number }>).map(
      (meta) => meta.position,
    );
    expect(new Set(writes).size).toBe(2);
    await app.runner.sweep();
    const after = (await user.get(`/api/missions/${id}`)).body;
    expect(after.iterations.map((iteration: { overallStatus: string }) => iteration.overallStatus)).toEqual([
      'pending',
      'superseded',
    ]);
    expect(after.iterations[0].plan[0].intent.params.title).toBe('Watch a film');
  });

  it('changes every field, and says so when there is nothing to change', async () => {
    const user = app.user();
    const id = await planned(user);
    const fields = {
      title: 'T',
      objective: 'O',
      conceptMarkdown: '',
      inputs: [{ appId: 'notes', table: 'notes', id: 'n1' }],
      cadence: { kind: 'daily', atHour: 7, atMinute: 30 },
      timeZone: 'Europe/Rome',
      state: 'done',
    };
    expect((await user.patch(`/api/missions/${id}`, fields)).body).toMatchObject(fields);
    const nothing = await user.patch(`/api/missions/${id}`, {});
    expect(nothing).toMatchObject({ status: 400, body: { code: 'nothing_to_change' } });
  });

  it.each([
    [{ runRequestedAt: 'now' }, 'runRequestedAt'],
    [{ title: null }, 'title'],
    [{ cadence: { kind: 'interval', everyMinutes: 0 } }, 'cadence.everyMinutes'],
    [{ id: 'other' }, 'id'],
  ])('refuses %j and writes nothing', async (fields, path) => {
    const user = app.user();
    const id = await planned(user);
    const before = (await user.get(`/api/missions/${id}`)).body;
    const { status, body } = await user.patch(`/api/missions/${id}`, fields);
    expect({ status, code: body.code, path: body.errors[0].path }).toEqual({
      status: 400,
      code: 'invalid_request',
      path,
    });
    expect((await user.get(`/api/missions/${id}`)).body).toEqual(before);
  });
});

describe('replanOn', () => {
  it('is taken, shown, changed and cleared, and wants no plan by itself', async () => {
    const user = app.user();
    const inputs = [{ appId: 'notes', table: 'notes', id: 'n1' }];
    const { body } = await user.post('/api/missions', { ...italian, inputs, replanOn: 'inputs' });
    expect(body).toMatchObject({ replanOn: 'inputs', wanted: 1 });
    await app.runner.sweep();
    expect((await user.patch(`/api/missions/${body.id}`, { replanOn: null })).body).toMatchObject({
      ...{ replanOn: null, wanted: 1 },
    });
    expect((await user.patch(`/api/missions/${body.id}`, { replanOn: 'inputs' })).body).toMatchObject({
      ...{ replanOn: 'inputs', wanted: 1 },
    });
    expect((await user.get('/api/missions')).body.missions[0]).toMatchObject({ replanOn: 'inputs' });
    expect((await user.post('/api/missions', italian)).body.replanOn).toBeNull();
  });

  it.each([['always'], [''], [true], [['inputs']]])('that is %j is refused with the mend', async (replanOn) => {
    const user = app.user();
    const errors = [{ path: 'replanOn', message: 'must be "inputs", or null' }];
    expect(await user.post('/api/missions', { ...italian, replanOn })).toMatchObject({ status: 400, body: { errors } });
    const id = await planned(user);
    expect(await user.patch(`/api/missions/${id}`, { replanOn })).toMatchObject({ status: 400, body: { errors } });
  });

  it('lets a change of an input, read at PUT and DELETE of records alike, ask for a plan', async () => {
    const user = app.user();
    const inputs = [{ appId: 'notes', table: 'notes', id: 'n1' }];
    const id = await planned(user, { ...italian, inputs, replanOn: 'inputs' });
    await user.put('/api/records/notes/notes/n1', { title: 'Words', contentMarkdown: 'ciao' });
    expect((await user.get(`/api/missions/${id}`)).body).toMatchObject({ wanted: 2, planned: 1, planning: 'queued' });
    const [step] = (await user.get(`/api/missions/${id}`)).body.iterations[0].plan;
    expect(step.stale).toEqual([{ ...inputs[0], field: 'deletedAt' }]);
    expect((await user.get(`/api/proposals/${step.proposalId}`)).body.stale).toEqual(step.stale);
    await app.runner.sweep();
    await user.delete('/api/records/notes/notes/n1');
    expect((await user.get(`/api/missions/${id}`)).body).toMatchObject({ wanted: 3, planned: 2 });
  });
});

describe('GET /api/missions/{id}/iterations/{iterationId}/calls', () => {
  it('is empty where no model was asked, and 404 where there is no such iteration', async () => {
    const user = app.user();
    const id = await planned(user);
    expect(await user.get(`/api/missions/${id}/iterations/${id}-1/calls`)).toMatchObject({
      status: 200,
      body: { calls: [] },
    });
    expect((await user.get(`/api/missions/${id}/iterations/${id}-2/calls`)).status).toBe(404);
    expect((await app.user().get(`/api/missions/${id}/iterations/${id}-1/calls`)).status).toBe(404);
  });
});

describe('DELETE /api/missions/{id}', () => {
  it.each([
    ['as a mission', '/api/missions'],
    ['as a record', '/api/records/ai/aiMissions'],
  ])('takes back what the mission still proposed, %s', async (_, path) => {
    const user = app.user();
    const id = await planned(user);
    await user.post(`/api/proposals/${id}-1-0/decision`, { decision: 'approve' });
    expect((await user.delete(`${path}/${id}`)).status).toBe(204);
    const { body } = await user.get(`/api/proposals?missionId=${id}`);
    expect(body.proposals).toMatchObject([{ status: 'superseded' }, { status: 'approved' }]);
    expect(await user.post(`/api/proposals/${id}-1-1/decision`, { decision: 'approve' })).toMatchObject({
      status: 409,
      body: { code: 'proposal_superseded' },
    });
  });

  it('deletes it, once', async () => {
    const user = app.user();
    const id = await planned(user);
    const deleted = await user.delete(`/api/missions/${id}`);
    expect({ status: deleted.status, body: deleted.body }).toEqual({ status: 204, body: null });
    const gone = { status: 404, body: { code: 'mission_not_found' } };
    expect(await user.get(`/api/missions/${id}`)).toMatchObject(gone);
    expect(await user.delete(`/api/missions/${id}`)).toMatchObject(gone);
    expect(await user.patch(`/api/missions/${id}`, { title: 'x' })).toMatchObject(gone);
    expect(await user.post(`/api/missions/${id}/run`)).toMatchObject(gone);
    expect(await user.post(`/api/missions/${id}/iterations/${id}-1/feedback`, { feedback: 'x' })).toMatchObject(gone);
    expect((await user.get('/api/missions')).body.missions).toEqual([]);
  });
});

describe('POST /api/missions/{id}/run', () => {
  it('wants a plan each time it is asked, also twice in the same millisecond', async () => {
    const user = app.user();
    const id = await planned(user);
    const still = app.variant({ clock: { ...stoppedClock } });
    const stopped = { ...user, ...app.user(still) };
    const mission = await stopped.post('/api/missions', italian);
    expect((await stopped.post(`/api/missions/${mission.body.id}/run`)).body).toEqual({
      id: mission.body.id,
      wanted: 2,
    });
    expect((await stopped.post(`/api/missions/${mission.body.id}/run`)).body).toEqual({
      id: mission.body.id,
      wanted: 3,
    });

    const run = await user.post(`/api/missions/${id}/run`);
    expect({ status: run.status, body: run.body }).toEqual({ status: 202, body: { id, wanted: 2 } });
    await app.runner.sweep();
    expect((await user.get(`/api/missions/${id}`)).body).toMatchObject({ planned: 2, planning: 'idle' });
  });

  it('is refused while the mission is not active', async () => {
    const user = app.user();
    const { body } = await user.post('/api/missions', { ...italian, state: 'paused' });
    expect(await user.post(`/api/missions/${body.id}/run`)).toMatchObject({
      status: 409,
      body: { code: 'mission_not_active' },
    });
  });
});

describe('POST /api/missions/{id}/iterations/{iterationId}/feedback', () => {
  it('keeps the words with the iteration and plans anew', async () => {
    const user = app.user();
    const id = await planned(user);
    const { status, body } = await user.post(`/api/missions/${id}/iterations/${id}-1/feedback`, {
      feedback: 'smaller steps',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: `${id}-1`, feedback: 'smaller steps', overallStatus: 'pending' });
    expect((await user.get(`/api/missions/${id}`)).body).toMatchObject({ wanted: 2, planning: 'queued' });
    const written = await user.get(`/api/records/ai/aiIterations/${id}-1`);
    expect(written.body.attribution.feedback.actor).toEqual({ kind: 'user' });
    expect(written.body.attribution.summary.actor).toEqual({ kind: 'system', source: 'mission-runner' });
  });

  it('refuses an iteration of another mission, and words that are none or too many', async () => {
    const user = app.user();
    const [id, other] = [await planned(user), await planned(user)];
    const path = (iteration: string) => `/api/missions/${id}/iterations/${iteration}/feedback`;
    for (const iteration of [`${other}-1`, `${id}-2`]) {
      const refused = await user.post(path(iteration), { feedback: 'x' });
      expect(refused).toMatchObject({ status: 404, body: { code: 'iteration_not_found' } });
    }
    for (const feedback of ['', '   ', 'x'.repeat(4_001), 5, undefined]) {
      expect(await user.post(path(`${id}-1`), { feedback })).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'feedback' }] },
      });
    }
  });
});

const stoppedClock = {
  now: () => new Date('2026-03-01T10:00:00.000Z'),
  databaseNow: () => null,
  after: () => () => {},
};

describe('POST /api/missions/{id}/stop', () => {
  it('answers with the iteration that says so; nothing to stop is a conflict', async () => {
    const user = app.user();
    const { body: mission } = await user.post('/api/missions', italian);
    const stopped = await user.post(`/api/missions/${mission.id}/stop`);
    expect(stopped).toMatchObject({
      status: 200,
      body: { id: `${mission.id}-1`, overallStatus: 'failed', error: { reason: 'stopped' }, plan: [] },
    });
    expect((await user.get(`/api/missions/${mission.id}`)).body).toMatchObject({ wanted: 1, planned: 1 });
    expect(await user.post(`/api/missions/${mission.id}/stop`)).toMatchObject({
      status: 409,
      body: { code: 'nothing_to_stop' },
    });
    expect(await app.user().post(`/api/missions/${mission.id}/stop`)).toMatchObject({
      status: 404,
      body: { code: 'mission_not_found' },
    });
  });
});
