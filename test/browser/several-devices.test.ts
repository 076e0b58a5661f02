// One person with several tabs and devices.
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { audit } from './support/audit.ts';
import { addTask, approve, cardOf, reject, taskOf, untilSync, writeMission } from './support/person.ts';
import { planOf } from './support/plan.ts';
import { readLog } from './support/read-log.ts';
import { useWorld } from './support/use-world.ts';

const world = useWorld({ isCutOff: true });
const MILK = 'Create the task “Buy milk”';

/** What the log holds of the decision on the one proposal. */
async function decisionsInLog(): Promise<unknown[]> {
  const log = await readLog(world.url);
  return log.flatMap(({ table, op, fields }) =>
    table === 'aiProposals' && op === 'update' ? [fields.status?.value] : [],
  );
}

const isOffline = (page: Page) => untilSync(page, /no network/);

it('what is decided in one place is decided in all', async () => {
  world.model.setDefault(planOf({ title: 'Buy milk' }));
  const [phone, laptop] = [await world.newDevice(), await world.newDevice()];
  const pages = [await phone.openTab('/todo'), await phone.openTab('/inbox'), await laptop.openTab('/todo')] as const;
  await writeMission(await laptop.openTab('/companion/missions'), { title: 'Eat breakfast' });
  for (const page of pages) await cardOf(page, MILK).waitFor();

  await approve(pages[0], MILK);
  for (const page of pages) await cardOf(page, MILK).waitFor({ state: 'detached' });
  for (const page of [pages[0], pages[2]]) await taskOf(page, 'Buy milk').waitFor();
  await addTask(pages[2], 'Buy bread');
  await taskOf(pages[0], 'Buy bread').waitFor();
  expect(await decisionsInLog()).toEqual(['approved']);
});

it('of two decisions without a network the first to arrive holds, and the other is withdrawn with a note', async () => {
  world.model.setDefault(planOf({ title: 'Buy milk' }));
  const [phone, laptop] = [await world.newDevice(), await world.newDevice()];
  await writeMission(await phone.openTab('/companion/missions'), { title: 'Eat breakfast' });
  const [onPhone, onLaptop] = [await phone.openTab('/todo'), await laptop.openTab('/todo')];
  for (const page of [onPhone, onLaptop]) await cardOf(page, MILK).waitFor();
  for (const { context } of [phone, laptop]) await context.setOffline(true);
  for (const page of [onPhone, onLaptop]) await isOffline(page);

  await approve(onPhone, MILK);
  await taskOf(onPhone, 'Buy milk').getByText('being confirmed').waitFor();
  await reject(onLaptop, MILK, 'We have enough');
  await cardOf(onLaptop, MILK).waitFor({ state: 'detached' });
  expect(await decisionsInLog()).toEqual([]);

  await phone.context.setOffline(false);
  await vi.waitUntil(async () => (await decisionsInLog()).length > 0, { timeout: 60_000 });
  await laptop.context.setOffline(false);
  await taskOf(onLaptop, 'Buy milk').waitFor();
  const notes = onLaptop.getByRole('button', { name: '1 note on syncing' });
  await notes.waitFor();
  await notes.click();
  const panel = onLaptop.getByRole('dialog', { name: 'What happened while syncing' });
  await panel.getByRole('heading', { name: /Your rejection does not stand/ }).waitFor();
  await panel.getByText('It had been approved already').waitFor();
  await panel.getByText('We have enough').waitFor();
  expect(await audit(onLaptop)).toEqual([]);
  await panel.getByRole('button', { name: 'Got it' }).click();
  await panel.getByText('Nothing to tell').waitFor();
  await onLaptop.keyboard.press('Escape');
  await onLaptop.getByRole('button', { name: 'Notes on syncing' }).waitFor();

  await taskOf(onPhone, 'Buy milk').getByText('being confirmed').waitFor({ state: 'detached' });
  expect(await decisionsInLog()).toEqual(['approved']);
  expect((await readLog(world.url)).filter(({ appId }) => appId === 'todo')).toHaveLength(1);
});
