// Builds that are broken on purpose: in each some interleaving must break a law.
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { breakFunction } from '../../../torture/break-function.ts';
import { interleave, RaceLost } from '../../../torture/interleavings/interleave.ts';
import { openRaceWorld } from '../../../torture/interleavings/open-race-world.ts';
import { races } from '../../../torture/interleavings/races.ts';
import { unfencePlans } from '../../../torture/unfence-plans.ts';
import { unlockLog } from '../../../torture/unlock-log.ts';

let world: Awaited<ReturnType<typeof openRaceWorld>>;
beforeEach(async () => {
  world = await openRaceWorld(inject('postgresUrl'));
});
afterEach(() => world?.close());

test('a log that nobody locks is caught', async () => {
  await unlockLog(world.admin);
  await expectLost('three pushes to one record', /the positions are/);
});

test('a decision that does not lock the log before it looks is caught', async () => {
  await breakFunction(world.admin, 'lock_log', { ' for update': '' });
  await expectLost('two decisions and a plan that supersedes', /twice|told|already/);
});

test('a plan without the fence of its claim is caught', async () => {
  await unfencePlans(world.admin);
  await expectLost('plan, edit and a second plan for the same claim', /iteration|told/);
});

test('a claim that reads what it claims before it has locked it is caught', async () => {
  await breakFunction(world.admin, 'claim_missions', {
    'order by m.queue_at limit 1\n      for update of m skip locked': 'order by m.queue_at limit 1',
    'order by r.queue_at limit p_limit\n      for update of m skip locked': 'order by r.queue_at limit p_limit',
  });
  await expectLost('three claims of two missions', /claimed are/);
});

async function expectLost(name: string, message: RegExp): Promise<void> {
  const race = races.find((one) => one.name === name);
  if (!race) throw new Error(`there is no race "${name}"`);
  const outcome = await interleave(race, world).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(RaceLost);
  expect((outcome as RaceLost).message).toMatch(message);
}
