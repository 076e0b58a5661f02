import { setTimeout as delay } from 'node:timers/promises';
import { passTime } from './pass-time.ts';
import { unplanned, workingPids } from './settle.ts';
import type { World } from './world.ts';

const LONGEST_MS = 60_000;

/** Waits until every mission is planned, or until it is enough; meanwhile the leases of the dead end. */
export async function comeToRest(world: World, isEnough: () => boolean): Promise<void> {
  for (const end = Date.now() + LONGEST_MS; Date.now() < end; await delay(20)) {
    if (isEnough() || (await unplanned(world)) === 0) return;
    await passTime(world.admin, workingPids(world));
  }
}
