// A menu whose code is loaded only when it is asked for: the first press counts all the same.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { audit } from './support/audit.ts';
import { writeMission } from './support/person.ts';
import { planOf } from './support/plan.ts';
import { useWorld } from './support/use-world.ts';

const world = useWorld({ isCutOff: true });
const CODE = '**/assets/menu-list-*.js';

/** A list with one mission; the code of its menu comes only when `release` is called. */
async function openList(options: Parameters<typeof world.newDevice>[0] = {}) {
  world.model.setDefault(planOf({ title: 'Buy milk' }));
  // The client's own cache would answer in place of the network.
  const device = await world.newDevice(options);
  await device.context.addInitScript(`delete Navigator.prototype.serviceWorker`);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await writeMission(await device.openTab('/companion/missions'), { title: 'Eat breakfast' });
  await device.context.route(CODE, async (route) => {
    await released;
    await route.continue();
  });
  const page = await device.openTab('/companion/missions');
  const button = page.getByRole('button', { name: /Eat breakfast$/ });
  await button.waitFor();
  return { page, button, release, context: device.context };
}

const menu = (page: Page) => page.getByRole('menu');
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim());

it('is not part of the first page, and opens by the first click although its code is still on its way', async () => {
  const { page, button, release } = await openList();
  expect(await button.getAttribute('aria-haspopup')).toBe('menu');
  expect(await button.getAttribute('aria-expanded')).toBe('false');
  const [asked] = await Promise.all([page.waitForRequest(CODE), button.click()]);
  expect(asked.url()).toContain('menu-list');
  expect(await menu(page).count()).toBe(0);
  release();
  await menu(page).waitFor();
  expect(await button.getAttribute('aria-expanded')).toBe('true');
  expect(await audit(page)).toEqual([]);

  await page.keyboard.press('Escape');
  await menu(page).waitFor({ state: 'detached' });
  expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
  await button.click();
  await menu(page).waitFor();
});

it.each(['Enter', ' ', 'ArrowDown'])('opens by the first key (%j), with its first item in focus', async (key) => {
  const { page, button, release } = await openList();
  await button.focus();
  await page.keyboard.press(key);
  release();
  await menu(page).waitFor();
  await expect.poll(() => focused(page)).toBe('Edit');
  await page.keyboard.press('ArrowUp');
  await expect.poll(() => focused(page)).toBe('Delete');
});

it('opens by the first touch', async () => {
  const { page, button, release } = await openList({ hasTouch: true });
  await button.tap();
  release();
  await menu(page).waitFor();
  await page.getByRole('menuitem', { name: 'Delete' }).tap();
  await page.getByRole('dialog').waitFor();
});

it('says so when its code cannot be had, and the next press tries again', async () => {
  const { page, button, context, release } = await openList();
  await context.unroute(CODE);
  await context.route(CODE, (route) => route.abort());
  release();
  await button.click();
  await page.getByText('This page could not be loaded').waitFor();
  await context.unroute(CODE);
  await button.click();
  await menu(page).waitFor();
});
