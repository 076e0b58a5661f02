import type { World } from './world.ts';

/** Each person has two devices that write, one that pulls, and one that streams. */
export async function addDevices(world: World): Promise<void> {
  for (const user of world.users) {
    await world.addWriter(user);
    await world.addWriter(user);
    await world.addFollower(user, 'pull');
    await world.addFollower(user, 'stream');
  }
}
