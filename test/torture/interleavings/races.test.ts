// Every order in which the statements of two and three sessions can come, on real Postgres.
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { interleave } from '../../../torture/interleavings/interleave.ts';
import { openRaceWorld } from '../../../torture/interleavings/open-race-world.ts';
import { races } from '../../../torture/interleavings/races.ts';

let world: Awaited<ReturnType<typeof openRaceWorld>>;
beforeAll(async () => {
  world = await openRaceWorld(inject('postgresUrl'));
});
afterAll(() => world?.close());

test.each(races)('$name', { timeout: 240_000 }, async (race) => {
  const { interleavings } = await interleave(race, world);
  expect(interleavings).toBeGreaterThan(race.sessions.length);
});
