// What a scenario waits for between its faults, on a clock that each question moves on.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { comeToRest } from '../../torture/harness/rest.ts';
import type { World } from '../../torture/harness/world.ts';

const QUESTION_MS = 5_000;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** So many missions, of which one is planned each time that so much has passed. */
function worldOf(missions: number, eachMs: number) {
  const began = Date.now();
  const all = Array.from({ length: missions }, (_, n) => {
    return { user: 'ana', id: `m${n}`, wanted: 1, planned: 0, claimedBy: null };
  });
  const query = async (text: string) => {
    vi.setSystemTime(Date.now() + QUESTION_MS);
    const planned = Math.floor((Date.now() - began) / eachMs);
    return { rows: text.includes('wanted > planned') ? all.slice(planned) : [] };
  };
  const services = { working: () => [], loseAll: () => {} };
  return { admin: { query }, services, stuck: [] } as unknown as World;
}

test('a machine that is slow has as long for each mission as a lease and a sweep last', async () => {
  const world = worldOf(4, 60_000);
  await comeToRest(world, () => false);
  expect(world.stuck).toEqual([]);
});

test('what is not planned at all is stuck', async () => {
  const world = worldOf(2, Number.POSITIVE_INFINITY);
  await comeToRest(world, () => false);
  expect(world.stuck).toMatchObject([{ id: 'm0' }, { id: 'm1' }]);
});

test('nothing is, where it is enough before', async () => {
  const world = worldOf(2, Number.POSITIVE_INFINITY);
  let asked = 0;
  await comeToRest(world, () => ++asked === 3);
  expect(world.stuck).toEqual([]);
});
