import { expect, test } from 'vitest';
import type { HeldMission } from '../../../../src/core/log/mend-mission.ts';
import { checkPlannedInTime, checkRecordedOnce, countCoalesced } from '../../../../src/core/log/verify/check-wants.ts';

const NOW = new Date('2026-03-01T10:00:00.000Z');
const LATEST_MS = 600_000;
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000).toISOString();

const waiting: HeldMission = {
  ...{ state: 'active', cadence: null, time_zone: null, deleted_at: null, replan_on: null, attempts: 0 },
  ...{ wanted: 2, begun: 1, planned: 1, wanted_at: ago(30), next_run_at: null, claim_token: null, runner: null },
  ...{ queue_at: ago(30), due_at: null },
};

test('a want has one iteration; those that came too quickly are counted', () => {
  expect(
    checkRecordedOnce(
      'm1',
      new Map([
        [1, [4]],
        [3, [9]],
      ]),
    ),
  ).toEqual([]);
  expect(
    countCoalesced(
      new Map([
        [1, [4]],
        [4, [9]],
      ]),
    ),
  ).toBe(2);
  expect(countCoalesced(new Map())).toBe(0);
  expect(checkRecordedOnce('m1', new Map([[1, [4, 7]]]))).toEqual([
    { rule: 'want_recorded_twice', message: 'want 1 of mission m1 has 2 iterations', positions: [4, 7] },
  ]);
});

test.each<[string, Partial<HeldMission>]>([
  ['queued a short while ago', { queue_at: ago(9), wanted_at: ago(9) }],
  ['edited a short while ago, in a queue of old', { wanted_at: ago(9) }],
  ['placed behind others', { queue_at: ago(-5) }],
  ['being planned, for however long', { queue_at: null, claim_token: 'x', due_at: ago(-0.5) }],
  ['about to be tried again', { queue_at: null, due_at: ago(-9) }],
  ['paused', { state: 'paused' }],
  ['deleted', { deleted_at: ago(1) }],
  ['planned', { planned: 2 }],
])('a mission %s is in time', (_, over) => {
  expect(checkPlannedInTime('m1', { ...waiting, ...over } as HeldMission, NOW, LATEST_MS)).toEqual([]);
});

test.each<[string, Partial<HeldMission>, string]>([
  ['queued', {}, ago(30)],
  ['claimed by a runner that is gone', { queue_at: null, claim_token: 'x', due_at: ago(11) }, ago(11)],
  ['due for another attempt', { queue_at: null, due_at: ago(20) }, ago(20)],
])('a mission %s that nobody comes for is found', (_, over, since) => {
  const message = `want 2 of mission m1 waits for a runner since ${since}`;
  expect(checkPlannedInTime('m1', { ...waiting, ...over } as HeldMission, NOW, LATEST_MS)).toEqual([
    { rule: 'want_not_planned', message, positions: [] },
  ]);
});
