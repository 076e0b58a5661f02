import { setTimeout as delay } from 'node:timers/promises';
import { passTime } from './pass-time.ts';
import { unplanned, workingPids } from './settle.ts';
import type { World } from './world.ts';

const LONGEST_MS = 60_000;
/** A runner that could not even hand its claim back keeps it for 30 s: that is not waited for either. */
const LEASES_END_MS = 5_000;

/** Waits until every mission is planned, or until it is enough. Meanwhile the leases of the dead end, and later all of them. */
export async function comeToRest(world: World, isEnough: () => boolean): Promise<void> {
  const { admin, services } = world;
  let leasesEnd = Date.now() + LEASES_END_MS;
  for (const end = Date.now() + LONGEST_MS; Date.now() < end; await delay(20)) {
    if (isEnough() || (await unplanned(world)) === 0) return;
    await passTime(admin, workingPids(world));
    if (Date.now() < leasesEnd) continue;
    leasesEnd += LEASES_END_MS;
    services.loseAll('lease_ended');
    await passTime(admin, []);
  }
}
