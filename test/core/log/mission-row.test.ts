import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { type Actor, MISSION_RUNNER, USER } from '../../../src/core/log/actor.ts';
import type { FieldMeta } from '../../../src/core/log/merge.ts';
import { type MissionRowMaterial, missionRow, positionsToAttribute } from '../../../src/core/log/mission-row.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');
const DAILY = { kind: 'daily', atHour: 7, atMinute: 0 };

function metaOf(data: JsonObject, position: number): Record<string, FieldMeta> {
  const meta = { updatedAt: '2026-02-01T10:00:00.000Z', clientId: 'c', position };
  return Object.fromEntries(Object.keys(data).map((field) => [field, meta]));
}

function row(fields: JsonObject, iterations: JsonObject[] = [], over: Partial<MissionRowMaterial> = {}) {
  const data = { title: 'Move', objective: 'Find a flat', ...fields };
  return missionRow({
    missionId: 'm1',
    mission: { data, fieldMeta: metaOf(data, 1), deletedAt: null },
    iterations: iterations.map((iteration, n) => ({ data: iteration, fieldMeta: metaOf(iteration, n + 2) })),
    actorAt: () => USER,
    now: NOW,
    ...over,
  });
}
const iteration = (want: unknown, sawPosition: number) => ({ missionId: 'm1', want, sawPosition }) as JsonObject;

test('a mission that was never planned is queued for its first plan', () => {
  expect(row({ cadence: DAILY })).toMatchObject({ wanted: 1, planned: 0, isQueued: true, wantedAt: NOW });
  expect(row({ cadence: DAILY }).nextRunAt).toBeNull();
});

test('one whose newest iteration saw all that was written is idle, and its cadence goes on from now', () => {
  expect(row({ cadence: DAILY, timeZone: 'UTC' }, [iteration(2, 1), iteration(5, 4), iteration(3, 2)])).toEqual({
    state: 'active',
    cadence: DAILY,
    timeZone: 'UTC',
    deletedAt: null,
    replanOn: null,
    wanted: 5,
    planned: 5,
    wantedAt: null,
    nextRunAt: new Date('2026-03-02T07:00:00.000Z'),
    isQueued: false,
  });
});

test('an edit, or feedback, that the newest iteration has not seen is wanted once', () => {
  expect(row({}, [iteration(3, 0)])).toMatchObject({ planned: 3, wanted: 4, isQueued: true });
  const feedback = { ...iteration(3, 1), feedback: 'shorter' };
  expect(row({}, [feedback])).toMatchObject({ planned: 3, wanted: 4, isQueued: true });
});

test('what the runner or an AI wrote wants nothing, and neither does what nobody is known to have written', () => {
  const ai: Actor = { kind: 'ai', missionId: 'm', iterationId: 'i', proposalId: 'p', rationale: 'r' };
  for (const actor of [MISSION_RUNNER, ai, undefined]) {
    expect(row({ cadence: DAILY }, [], { actorAt: () => actor })).toMatchObject({
      wanted: 0,
      planned: 0,
      isQueued: false,
      nextRunAt: null,
    });
  }
});

test('an inactive or deleted mission keeps the number of its plans and waits for nothing', () => {
  const idle = { planned: 2, wanted: 2, isQueued: false, nextRunAt: null };
  expect(row({ state: 'paused', cadence: DAILY }, [iteration(2, 0)])).toMatchObject({ ...idle, state: 'paused' });
  const mission = { data: {}, fieldMeta: metaOf({ title: '' }, 9), deletedAt: '2026-02-02T10:00:00.000Z' };
  expect(row({}, [iteration(2, 0)], { mission })).toMatchObject({ ...idle, deletedAt: mission.deletedAt });
});

test('what any writer may have written does no harm', () => {
  expect(row({ state: 7, timeZone: {}, cadence: 'often', replanOn: 'inputs' }, [iteration('many', 1)])).toMatchObject({
    state: '7',
    timeZone: '{}',
    cadence: 'often',
    replanOn: 'inputs',
    planned: 0,
  });
  expect(row({ cadence: { kind: 'hourly' } }, [iteration(1, 1)]).nextRunAt).toBeNull();
});

test('the positions to attribute are those of the mission and of feedback', () => {
  const mission = { data: {}, fieldMeta: { ...metaOf({ title: '' }, 4), ...metaOf({ state: '' }, 7) } };
  const iterations = [{ data: {}, fieldMeta: { ...metaOf({ want: 1 }, 5), ...metaOf({ feedback: '' }, 9) } }];
  expect(positionsToAttribute({ mission: { ...mission, deletedAt: null }, iterations })).toEqual(new Set([4, 7, 9]));
});
