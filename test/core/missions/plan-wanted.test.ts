import { expect, test } from 'vitest';
import type { Actor } from '../../../src/core/log/actor.ts';
import { type FieldWrite, type PlanWantedMaterial, planWanted } from '../../../src/core/missions/plan-wanted.ts';

const AT = '2026-03-01T10:00:00.000000Z';
const USER: Actor = { kind: 'user' };
const RUNNER: Actor = { kind: 'system', source: 'mission-runner' };
const AI: Actor = { kind: 'ai', missionId: 'm', iterationId: 'm-1', proposalId: 'm-1-0', rationale: 'because' };

const written = (position: number | null, actor: Actor = USER): FieldWrite => ({ position, actor, updatedAt: AT });
const saw = (sawPosition: unknown, feedback?: FieldWrite) => ({ sawPosition, feedback });
const want = (material: Partial<PlanWantedMaterial>) =>
  planWanted({
    ...{ missionId: 'm', state: 'active', fields: {}, iterations: [], replanOn: undefined, inputs: [] },
    ...material,
  });

test('a mission that was never planned wants its first plan', () => {
  expect(want({ fields: { title: written(1), state: written(1) } })).toEqual({
    reason: 'created',
    position: 1,
    updatedAt: AT,
  });
});

test('it wants it before the service knows of the mission', () => {
  expect(want({ fields: { title: written(null) } })).toMatchObject({ reason: 'created', position: null });
});

test('a mission without a state is active', () => {
  expect(want({ state: undefined, fields: { title: written(1) } })).not.toBeNull();
  expect(want({ state: null, fields: { title: written(1) } })).not.toBeNull();
});

test.each(['paused', 'done', 'archived', 'of my own making', 7])('in the state %s nothing is wanted', (state) => {
  expect(want({ state, fields: { title: written(null) } })).toBeNull();
});

test('what an iteration has seen is not wanted again', () => {
  expect(want({ fields: { title: written(4) }, iterations: [saw(4)] })).toBeNull();
});

test.each(['title', 'objective', 'conceptMarkdown', 'inputs', 'cadence', 'timeZone'])(
  'a later write of %s is an edit that wants a plan',
  (field) => {
    const iterations = [saw(4)];
    expect(want({ fields: { [field]: written(5) }, iterations })).toMatchObject({ reason: 'edited', position: 5 });
  },
);

test('a later write of the state is a resumption, of the run request a request', () => {
  expect(want({ fields: { state: written(5) }, iterations: [saw(4)] })).toMatchObject({ reason: 'resumed' });
  expect(want({ fields: { runRequestedAt: written(5) }, iterations: [saw(4)] })).toMatchObject({
    reason: 'run_requested',
  });
});

test('fields that no plan is made from want none', () => {
  expect(want({ fields: { colour: written(9), deletedAt: written(null) }, iterations: [saw(4)] })).toBeNull();
});

test('the newest write says why; one on its way is the newest of all', () => {
  const fields = { title: written(7), runRequestedAt: written(9), state: written(8) };
  expect(want({ fields, iterations: [saw(4)] })).toMatchObject({ reason: 'run_requested', position: 9 });
  expect(want({ fields: { ...fields, title: written(null) }, iterations: [saw(4)] })).toMatchObject({
    reason: 'edited',
    position: null,
  });
});

test('what an AI actor or the runner wrote wants nothing; another rule of the system does', () => {
  expect(want({ fields: { title: written(5, AI) }, iterations: [saw(4)] })).toBeNull();
  expect(want({ fields: { title: written(5, RUNNER) }, iterations: [saw(4)] })).toBeNull();
  expect(
    want({ fields: { title: written(5, { kind: 'system', source: 'rule' }) }, iterations: [saw(4)] }),
  ).toMatchObject({ reason: 'edited' });
});

test('feedback on any iteration wants a plan, until one has seen it', () => {
  expect(want({ iterations: [saw(4, written(6)), saw(5)] })).toMatchObject({ reason: 'feedback', position: 6 });
  expect(want({ iterations: [saw(4, written(6)), saw(5), saw(6)] })).toBeNull();
  expect(want({ iterations: [saw(4, written(6, { kind: 'system', source: 'migration' }))] })).toBeNull();
});

test('an iteration that does not say what it saw has seen nothing', () => {
  const fields = { title: written(1) };
  for (const sawPosition of [undefined, null, 'all', 1.5, Number.NaN]) {
    expect(want({ fields, iterations: [saw(sawPosition)] })).toMatchObject({ reason: 'edited' });
  }
  expect(want({ fields, iterations: [saw(undefined), saw(3)] })).toBeNull();
});

const input = (position: number | null, causes: string[] = [], actor: Actor = USER) => ({
  ...written(position, actor),
  causes,
});

test('a later change of what the plan was made from wants one, where the mission asks for it', () => {
  const material = { iterations: [saw(4)], inputs: [input(3), input(6), input(5)] };
  expect(want({ ...material, replanOn: 'inputs' })).toEqual({ reason: 'input_changed', position: 6, updatedAt: AT });
  for (const replanOn of [undefined, null, 'always']) expect(want({ ...material, replanOn })).toBeNull();
  expect(want({ ...material, replanOn: 'inputs', state: 'paused' })).toBeNull();
  expect(want({ iterations: [saw(6)], inputs: [input(6)], replanOn: 'inputs' })).toBeNull();
});

test('it wants it before the service knows of the change', () => {
  expect(want({ iterations: [saw(4)], inputs: [input(null)], replanOn: 'inputs' })).toMatchObject({ position: null });
});

test('an effect of its own, by way of others too, wants nothing of it; that of another mission does', () => {
  const iterations = [saw(4)];
  const by = (...causes: string[]) => want({ iterations, inputs: [input(5, causes, AI)], replanOn: 'inputs' });
  expect([by('m'), by('other', 'm')]).toEqual([null, null]);
  expect(by('other')).toMatchObject({ reason: 'input_changed' });
  expect(want({ iterations, inputs: [input(5, [], RUNNER)], replanOn: 'inputs' })).toBeNull();
});

test('what changed before the mission asked for it wants nothing', () => {
  const fields = { replanOn: written(7) };
  expect(want({ fields, iterations: [saw(4)], inputs: [input(6)], replanOn: 'inputs' })).toBeNull();
  expect(want({ fields, iterations: [saw(4)], inputs: [input(8)], replanOn: 'inputs' })).not.toBeNull();
});
