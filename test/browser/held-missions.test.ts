// A cap of the person's own: set in the form, told where the mission is shown, and raised.
import { expect, it } from 'vitest';
import { audit } from './support/audit.ts';
import { cardOf, fillMission, saveMission, untilSync } from './support/person.ts';
import { planOf } from './support/plan.ts';
import { useWorld } from './support/use-world.ts';

const world = useWorld({ isCutOff: true });

it('a mission over its cap says why it waits and what helps, also without a network, and goes on when the cap is raised', async () => {
  world.model.setDefault(planOf({ title: 'Buy milk' }));
  const device = await world.newDevice();
  const page = await device.openTab('/companion/missions/new');
  const mission = { title: 'Eat breakfast' };
  await fillMission(page, mission);
  const tokens = page.getByRole('textbox', { name: 'Tokens per day' });
  for (const entered of ['0', '-5', '1.5', 'many']) {
    await tokens.fill(entered);
    await page.getByRole('button', { name: 'Save and plan' }).click();
    await page.getByText('Tokens per day: write a whole number from 1 on').waitFor();
  }
  expect(await audit(page)).toEqual([]);
  await tokens.fill('1000');
  await saveMission(page, mission);

  const waits = page.getByRole('status').filter({ hasText: 'Held by a cap' });
  await waits.getByText(/Of the 1,000 tokens that you allow this mission in a day 0 are spent/).waitFor();
  await waits.getByText('It continues only when you raise them.').waitFor();
  expect(await audit(page)).toEqual([]);
  expect(world.model.requests).toEqual([]);

  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  await device.context.setOffline(true);
  await untilSync(page, /no network/);
  await waits.waitFor();
  await page.getByRole('link', { name: 'Missions' }).first().click();
  const row = page.getByRole('listitem').filter({ hasText: 'Eat breakfast' });
  await row.getByText('Held by a cap until it is raised').waitFor();
  expect(await audit(page)).toEqual([]);
  await device.context.setOffline(false);
  await untilSync(page, /Everything is here/);
  await row.getByRole('link', { name: 'Eat breakfast' }).click();

  await waits.getByRole('link', { name: 'Raise the cap' }).click();
  await tokens.fill('100000');
  await page.getByRole('button', { name: /^Save/ }).click();
  await cardOf(page, 'Create the task “Buy milk”').waitFor();
  await waits.waitFor({ state: 'detached' });
});
