// Builds that are broken on purpose: in each some interleaving must break a law.
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { breakFunction } from '../../../torture/break-function.ts';
import { interleave, RaceLost } from '../../../torture/interleavings/interleave.ts';
import { openRaceWorld } from '../../../torture/interleavings/open-race-world.ts';
import { races } from '../../../torture/interleavings/races.ts';

let world: Awaited<ReturnType<typeof openRaceWorld>>;
beforeEach(async () => {
  world = await openRaceWorld(inject('postgresUrl'));
});
afterEach(() => world?.close());

const UNLOCKED = { 'where user_id = current_user_id() for update;': 'where user_id = current_user_id();' };

test('a log that nobody locks is caught', async () => {
  await world.admin.query('alter table sync_changes drop constraint sync_changes_user_id_position_pk');
  await breakFunction(world.admin, 'lock_log', UNLOCKED);
  await breakFunction(world.admin, 'take_log_head', {
    'where user_id = v_user_id for update;\n  if not found': 'where user_id = v_user_id;\n  if not found',
  });
  await breakFunction(world.admin, 'fold_changes', {
    'and position = v_first - 1 and v_last - v_first + 1 = v_count\n      and link = v_link and v_links = 1 and v_linked = v_first':
      '',
  });
  await expectLost('three pushes to one record', /the positions are/);
});

test('a decision that does not lock the log before it looks is caught', async () => {
  await breakFunction(world.admin, 'lock_log', UNLOCKED);
  await expectLost('two decisions and a plan that supersedes', /twice|told|already/);
});

test('a plan without the fence of its claim is caught', async () => {
  await breakFunction(world.admin, 'record_plans', {
    "when m.claim_token is distinct from (p.plan ->> 'token')::uuid then 'claim_lost'\n": '',
    "when m.due_at <= coalesce(p_now, clock_timestamp()) then 'claim_lost'\n": '',
  });
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
