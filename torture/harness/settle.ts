import { setTimeout as delay } from 'node:timers/promises';
import type { WaitingMission } from '../checker/evidence.ts';
import { passTime } from './pass-time.ts';
import type { World } from './world.ts';

/** Longer than a lease and a sweep: what is not there by then does not come. */
const LONGEST_MS = 70_000;

/**
 * The faults have ended: one API and one runner that nobody touches, every connection as it should be. Waits until every
 * mission is planned and every follower has caught up; whether that came is for the checker to say.
 */
export async function settle(world: World): Promise<void> {
  const { services, front, back, beyond, admin } = world;
  for (const proxy of [front, back.api, back.runner, beyond]) {
    proxy.watch(null);
    await proxy.resume();
  }
  if (services.working('api').length === 0) await world.startApi();
  if (services.working('runner').length === 0) await services.start('runner');
  for (const end = Date.now() + LONGEST_MS; Date.now() < end; await delay(100)) {
    if ((await unplanned(world)).length === 0 && (await haveCaughtUp(world))) return;
    await passTime(admin, workingPids(world));
  }
}

/** The missions that want a plan. */
export async function unplanned({ admin }: World): Promise<WaitingMission[]> {
  const { rows } = await admin.query<WaitingMission>(
    `select user_id as user, mission_id as id, wanted::int, planned::int, runner as "claimedBy"
     from missions where is_plannable(state, deleted_at) and wanted > planned`,
  );
  return rows;
}

export function workingPids({ services }: World): number[] {
  return services.working('runner').map(({ pid }) => pid);
}

/** Whether every follower has been handed as many changes as its log holds. */
export async function haveCaughtUp({ admin, followers }: World): Promise<boolean> {
  const { rows } = await admin.query<{ user: string; head: number }>(
    'select user_id as user, position::int as head from user_heads',
  );
  const heads = new Map(rows.map(({ user, head }) => [user, head]));
  return followers.every(({ user, followed }) => followed.seen.length >= (heads.get(user) ?? 0));
}
