import { addDevices } from './add-devices.ts';
import type { World } from './world.ts';

/** What most scenarios begin with: an API, a runner, and everybody's devices. */
export async function openService(world: World): Promise<void> {
  await world.startApi();
  await world.services.start('runner');
  await addDevices(world);
}
