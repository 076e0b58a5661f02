// Every order in which the statements of two and three sessions can come, on real Postgres.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { interleave } from '../../../torture/interleavings/interleave.ts';
import { races } from '../../../torture/interleavings/races.ts';
import { openRaceWorld } from './race-world.ts';

let world: Awaited<ReturnType<typeof openRaceWorld>>;
beforeAll(async () => {
  world = await openRaceWorld();
});
afterAll(() => world?.close());

test.each(races)('$name', { timeout: 240_000 }, async (race) => {
  const { interleavings } = await interleave(race, world);
  expect(interleavings).toBeGreaterThan(race.sessions.length);
});
