import { setTimeout as delay } from 'node:timers/promises';
import { passTime } from './pass-time.ts';
import { unplanned, workingPids } from './settle.ts';
import type { World } from './world.ts';

/**
 * Longer than a lease and a sweep, after which no mission waits any more, whatever the fault was. It begins anew with each one
 * that is planned: a machine that is merely slow is slow at each of them.
 */
const LONGEST_STILL_MS = 70_000;
/**
 * A runner that could not even hand its claim back keeps it for 30 s: that is not waited for either. Each time it is twice as
 * long, or a runner that is slow would lose its claims for ever.
 */
const FIRST_LEASES_MS = 5_000;

/**
 * Waits until every mission is planned, or until it is enough. Meanwhile the leases of the dead end, and later all of them.
 * Nothing may hinder a runner for good while this waits: what gets no plan is stuck, and `nothing_stuck` is broken.
 */
export async function comeToRest(world: World, isEnough: () => boolean): Promise<void> {
  const { admin, services, stuck } = world;
  let leasesMs = FIRST_LEASES_MS;
  let leasesEnd = Date.now() + leasesMs;
  let fewest = Number.POSITIVE_INFINITY;
  let end = 0;
  for (; !isEnough(); await delay(20)) {
    const waiting = await unplanned(world);
    if (waiting.length === 0) return;
    if (waiting.length < fewest) {
      fewest = waiting.length;
      end = Date.now() + LONGEST_STILL_MS;
    } else if (Date.now() > end) {
      stuck.push(...waiting);
      return;
    }
    await passTime(admin, workingPids(world));
    if (Date.now() < leasesEnd) continue;
    leasesMs *= 2;
    leasesEnd = Date.now() + leasesMs;
    services.loseAll('lease_ended');
    await passTime(admin, []);
  }
}
