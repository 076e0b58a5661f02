// A network that is gone, and a service that dies: nothing is lost, and nothing comes twice.
import { expect, it, vi } from 'vitest';
import { hold } from '../support/model-server.ts';
import {
  addTask,
  approve,
  cardOf,
  isSameDocument,
  markDocument,
  taskOf,
  untilSync,
  writeMission,
} from './support/person.ts';
import { planOf } from './support/plan.ts';
import { readLog } from './support/read-log.ts';
import { useWorld } from './support/use-world.ts';

const world = useWorld({ isCutOff: true });
const MILK = 'Create the task “Buy milk”';
const titlesInLog = async () =>
  (await readLog(world.url))
    .filter(({ appId, op }) => appId === 'todo' && op === 'insert')
    .map(({ fields }) => fields.title?.value);

it('what was done without a network outlives a reload, and is there once when the network is', async () => {
  world.model.setDefault(planOf({ title: 'Buy milk' }));
  const device = await world.newDevice();
  await writeMission(await device.openTab('/companion/missions'), { title: 'Eat breakfast' });
  const page = await device.openTab('/todo');
  await cardOf(page, MILK).waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  await device.context.setOffline(true);
  await untilSync(page, /no network/);

  await addTask(page, 'Buy bread');
  await approve(page, MILK);
  await taskOf(page, 'Buy milk').getByText('being confirmed').waitFor();
  await page.reload();
  await taskOf(page, 'Buy bread').waitFor();
  await taskOf(page, 'Buy milk').getByText('being confirmed').waitFor();
  expect(await cardOf(page, MILK).count()).toBe(0);
  expect(await titlesInLog()).toEqual([]);

  await device.context.setOffline(false);
  await taskOf(page, 'Buy milk').getByText('being confirmed').waitFor({ state: 'detached' });
  await untilSync(page, /Everything is here/);
  const elsewhere = await (await world.newDevice()).openTab('/todo');
  for (const tab of [page, elsewhere]) {
    for (const title of ['Buy bread', 'Buy milk']) {
      await taskOf(tab, title).waitFor();
      expect(await taskOf(tab, title).count()).toBe(1);
    }
  }
  expect((await titlesInLog()).sort()).toEqual(['Buy bread', 'Buy milk']);
});

it('a service that is killed while it plans and starts again finds its clients as it left them', async () => {
  const thinking = hold(planOf({ title: 'Buy milk' }));
  world.model.script(thinking);
  world.model.setDefault(planOf({ title: 'Buy oats' }));
  const device = await world.newDevice();
  const todo = await device.openTab('/todo');
  await markDocument(todo);
  await writeMission(await device.openTab('/companion/missions'), { title: 'Eat breakfast' });
  await world.model.nextRequest();

  await world.killService();
  await untilSync(todo, /does not answer/);
  await addTask(todo, 'Buy bread');
  await world.restartService();
  await vi.waitUntil(async () => (await titlesInLog()).includes('Buy bread'), { timeout: 60_000 });
  await untilSync(todo, /Everything is here/);
  // The claim of the dead one is over when its lease is.
  await cardOf(todo, 'Create the task “Buy oats”').waitFor();
  await approve(todo, 'Create the task “Buy oats”');
  await vi.waitUntil(async () => (await titlesInLog()).includes('Buy oats'), { timeout: 60_000 });
  await taskOf(todo, 'Buy oats').waitFor();
  await taskOf(todo, 'Buy oats').getByText('being confirmed').waitFor({ state: 'detached' });
  expect(await isSameDocument(todo)).toBe(true);
  expect(await titlesInLog()).toEqual(['Buy bread', 'Buy oats']);
  thinking.release();
});
