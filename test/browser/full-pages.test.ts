// The pages as they are after some use, with words that are longer than the window and texts that scroll.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { audit } from './support/audit.ts';
import { approve, cardOf, writeMission } from './support/person.ts';
import { useWorld } from './support/use-world.ts';

const world = useWorld();

const LONG = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(2);
const NOTE = `# Boxes\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n\`\`\`\n${'x'.repeat(200)}\n\`\`\`\n\n${'One line more.\n\n'.repeat(20)}`;
const step = (toolName: string, params: object) => ({ toolName, params, rationale: `Because ${LONG}` });
const PLAN = {
  summary: LONG,
  steps: [
    step('create_task', { title: LONG, notes: LONG, dueDate: '2026-01-01', priority: 'high' }),
    step('create_event', { title: `Dinner ${LONG}`, startsAt: '2026-01-01T19:30:00+01:00', location: LONG }),
    step('create_note', { title: `Note ${LONG}`, contentMarkdown: NOTE }),
    step('create_place', { name: `Place ${LONG}`, address: LONG }),
    step('create_goal', { title: `Goal ${LONG}`, target: 3, unit: 'km' }),
  ],
};
const PATHS = [
  ...['/companion/missions', '/companion/workbench', '/companion/workbench?view=plots'],
  ...['/inbox', '/todo', '/calendar', '/places', '/notes', '/goals'],
];
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 740 };

/** By how much the page is wider than the window. */
const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  it('every page full of data fits and can be used by everybody', async () => {
    world.model.setDefault({ plan: PLAN });
    const device = await world.newDevice({ colorScheme, viewport: WIDE });
    const page = await device.openTab('/companion/missions');
    await writeMission(page, { title: LONG, concept: NOTE });
    await approve(page, `Create the task “${LONG}”`);
    await writeMission(page, { title: `A second mission ${LONG.slice(0, 100)}`, concept: NOTE });
    const mission = new URL(page.url()).pathname;
    await cardOf(page, `Create the note “Note ${LONG}”`).waitFor();
    for (const path of [...PATHS, mission]) {
      await page.goto(path);
      await page.getByText(LONG.slice(0, 80)).first().waitFor({ state: 'attached' });
      for (const viewport of [NARROW, WIDE]) {
        await page.setViewportSize(viewport);
        await expect.poll(() => overflow(page), { message: `${path} at ${viewport.width}` }).toBeLessThanOrEqual(0);
        if (viewport === WIDE) expect(await audit(page), path).toEqual([]);
      }
    }
  });
});

it('plots get narrower with the window', async () => {
  world.model.setDefault({ plan: PLAN });
  const page = await (await world.newDevice({ viewport: WIDE })).openTab('/companion/missions');
  await writeMission(page, { title: 'Move' });
  await approve(page, `Create the task “${LONG}”`);
  await page.goto('/companion/workbench?view=plots');
  await page.getByRole('figure').first().getByRole('img').waitFor();
  await page.setViewportSize(NARROW);
  await expect.poll(() => overflow(page)).toBeLessThanOrEqual(0);
  await expect
    .poll(async () => (await page.getByRole('figure').first().getByRole('img').boundingBox())?.width)
    .toBeLessThan(NARROW.width);
});

it('a decided step is called what its card was called, with no time in it that only machines read', async () => {
  world.model.setDefault({ plan: { ...PLAN, steps: PLAN.steps.slice(1, 2) } });
  const device = await world.newDevice();
  const page = await device.openTab('/companion/missions');
  await writeMission(page, { title: 'Move' });
  const title = `Create the event “Dinner ${LONG}”`;
  await approve(page, title);
  await page.reload();
  await page.getByRole('listitem').getByText(title, { exact: true }).waitFor();
  expect(await page.getByText('2026-01-01T19:30').count()).toBe(0);
});

it('a dialog gives the focus back to the button that opened it', async () => {
  const page = await (await world.newDevice()).openTab('/goals');
  const button = page.getByRole('button', { name: 'New goal' });
  await button.click();
  const title = page.getByRole('dialog').getByRole('textbox', { name: 'Title' });
  await expect.poll(() => title.evaluate((field) => field === document.activeElement)).toBe(true);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(() => button.evaluate((element) => element === document.activeElement)).toBe(true);
});
