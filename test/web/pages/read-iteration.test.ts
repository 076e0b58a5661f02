import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { FAILURE_REASONS } from '../../../src/web/pages/mission/failure-reason.ts';
import { type Iteration, readIterations } from '../../../src/web/pages/mission/read-iteration.ts';
import { stepsPerIteration } from '../../../src/web/pages/mission/steps-per-iteration.ts';
import { words } from '../../../src/web/pages/mission/words.ts';
import type { RecordRow } from '../../../src/web/replica/database.ts';

const NOW = new Date('2026-03-10T12:00:00Z');

const record = (table: string, id: string, data: JsonObject): RecordRow => ({
  ...{ appId: 'ai', table, id, data, pending: false, unconfirmedBy: null, firstPosition: 1 },
});
const iteration = (want: number, over: JsonObject = {}) =>
  record('aiIterations', `m-${want}`, {
    ...{ missionId: 'm', want, model: 'scripted', overallStatus: 'planned', summary: ' One step. ' },
    ...{ startedAt: '2026-03-01T10:00:00.000000Z', finishedAt: '2026-03-01T10:00:02.500000Z' },
    usage: { calls: 2, inputTokens: 1_200, outputTokens: 80 },
    plan: [{ id: `m-${want}-0`, proposalId: `m-${want}-0`, summary: 'Create a task', rationale: 'It is open.' }],
    ...over,
  });
const proposal = (want: number, status: Json, over: JsonObject = {}) =>
  record('aiProposals', `m-${want}-0`, {
    ...{ missionId: 'm', iterationId: `m-${want}`, toolName: 'create_task', params: {}, status },
    ...{ summary: 'Create the task "Boxes"', rationale: 'It is open.', expiresAt: '2026-03-15T10:00:00.000000Z' },
    ...over,
  });
const read = (iterations: RecordRow[], proposals: RecordRow[] = []) => readIterations(iterations, proposals, NOW);
const only = (iterations: Iteration[]) => {
  expect(iterations).toHaveLength(1);
  return iterations[0] as Iteration;
};

test('an iteration with its steps, what they came to and what it cost', () => {
  const shown = only(read([iteration(1)], [proposal(1, 'pending')]));
  expect(shown).toMatchObject({
    ...{ number: 1, model: 'scripted', summary: 'One step.', outcome: 'open', failure: null },
    finishedAt: new Date('2026-03-01T10:00:02.500Z'),
    usage: { calls: 2, inputTokens: 1_200, outputTokens: 80 },
    steps: [{ id: 'm-1-0', summary: 'Create the task "Boxes"', rationale: 'It is open.', status: 'pending' }],
  });
});

test('the newest comes first', () => {
  expect(read([iteration(1), iteration(2)]).map(({ number }) => number)).toEqual([2, 1]);
});

test.each([
  ['pending', 'open'],
  ['approved', 'decided'],
  ['rejected', 'decided'],
  ['superseded', 'superseded'],
  ['expired', 'decided'],
])('with a %s step it is %s', (status, outcome) => {
  expect(only(read([iteration(1)], [proposal(1, status)])).outcome).toBe(outcome);
});

test('a step past its time has expired, whether or not that is recorded', () => {
  const over = { expiresAt: '2026-03-10T11:59:59.000000Z' };
  expect(only(read([iteration(1)], [proposal(1, 'pending', over)])).steps[0]?.status).toBe('expired');
});

test('a step whose proposal is gone is shown as it was planned', () => {
  expect(only(read([iteration(1)])).steps).toEqual([
    { id: 'm-1-0', summary: 'Create a task', rationale: 'It is open.', status: 'unknown', proposal: null },
  ]);
});

test('a proposal that the plan does not name is shown all the same, so that it can be decided', () => {
  const shown = only(read([iteration(1, { plan: 'lost' })], [proposal(1, 'pending')]));
  expect(shown.steps.map(({ id, status }) => [id, status])).toEqual([['m-1-0', 'pending']]);
});

test('a plan that names a step twice shows it once', () => {
  const step = { proposalId: 'm-1-0', summary: 'Twice' };
  expect(only(read([iteration(1, { plan: [step, step] })], [proposal(1, 'pending')])).steps).toHaveLength(1);
});

test('a failure says why, and a stopped one is no failure', () => {
  const failed = (error: Json) => only(read([iteration(1, { overallStatus: 'failed', plan: [], error })]));
  expect(failed({ reason: 'model_timeout', message: 'no answer in 120 s' })).toMatchObject({
    outcome: 'failed',
    failure: { reason: 'model_timeout', message: 'no answer in 120 s' },
  });
  expect(failed({ reason: 'stopped', message: 'you stopped it' }).outcome).toBe('stopped');
  const unreadable: Json[] = [null, 'broken', { reason: 'toString' }, { reason: 7, message: [] }];
  for (const error of unreadable) {
    expect(failed(error)).toMatchObject({ outcome: 'failed', failure: { reason: 'unknown', message: '' } });
  }
});

test('every reason has a sentence of its own in both languages', () => {
  for (const { failures } of [words.en, words.de]) {
    const sentences = FAILURE_REASONS.map((reason) => failures[reason]);
    expect(new Set(sentences).size).toBe(FAILURE_REASONS.length);
    expect(Object.keys(failures).sort()).toEqual([...FAILURE_REASONS].sort());
  }
});

test('an iteration whose every field is of the wrong kind can be shown', () => {
  const broken = { want: 'x', model: [], startedAt: 7, finishedAt: {}, usage: [1], summary: null, plan: [null, 7, {}] };
  expect(only(read([iteration(1, { ...broken, feedback: 3, overallStatus: {} })]))).toMatchObject({
    ...{ number: null, model: null, startedAt: null, finishedAt: null, summary: '', feedback: '' },
    usage: { calls: 0, inputTokens: 0, outputTokens: 0 },
    steps: [{ id: 'step 0', summary: '', status: 'unknown' }],
  });
});

test('what became of the steps is counted for each iteration that had any, oldest first', () => {
  const iterations = read(
    [iteration(1), iteration(2, { overallStatus: 'failed', plan: [] }), iteration(3)],
    [proposal(1, 'superseded'), proposal(3, 'approved')],
  );
  expect(stepsPerIteration(iterations)).toEqual([
    { iterationId: 'm-1', number: 1, approved: 0, rejected: 0, superseded: 1, open: 0, at: iterations[2]?.finishedAt },
    { iterationId: 'm-3', number: 3, approved: 1, rejected: 0, superseded: 0, open: 0, at: iterations[0]?.finishedAt },
  ]);
});

test('of many iterations the newest twenty are counted', () => {
  const many = Array.from({ length: 30 }, (_, index) => iteration(index + 1));
  const counts = stepsPerIteration(read(many));
  expect([counts.length, counts[0]?.number, counts.at(-1)?.number]).toEqual([20, 11, 30]);
});
