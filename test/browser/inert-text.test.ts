// What people and models write is text: none of it runs, and nothing is fetched for it.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { approve, cardOf, fillMission, saveMission, taskOf } from './support/person.ts';
import { planOf } from './support/plan.ts';
import { useWorld } from './support/use-world.ts';

const world = useWorld();

const PAYLOADS = [
  '<script>globalThis.pwned = 1</script>',
  '<img src="https://evil.example/x" onerror="globalThis.pwned = 1">',
  '"><svg onload=globalThis.pwned=1>',
  '[click](javascript:globalThis.pwned=1)',
  '![x](https://evil.example/pixel.png)',
  '<iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>',
  '{@html 1}{{1}}',
];
const EVIL = PAYLOADS.join(' ');
/** As much of it as a title may have. */
const EVIL_TITLE = PAYLOADS.slice(0, 3).join(' ');
/** Looks at a page on which such text stands. */
async function expectInertAt(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.locator('main').getByText('pwned').first().waitFor({ state: 'attached' });
  await expectInert(page);
}

async function expectInert(page: Page): Promise<void> {
  expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false);
  const active = page.locator(':is(img, iframe, object, embed, form[action], [onload], [onerror], script:not([src]))');
  expect(await active.count(), page.url()).toBe(0);
  expect(await page.locator('a[href^="javascript:" i]').count(), page.url()).toBe(0);
}

it('in Markdown, titles and a model’s output', async () => {
  const title = `Milk ${EVIL_TITLE}`;
  world.model.setDefault(planOf({ title, rationale: `because ${EVIL}`, notes: EVIL }));
  const device = await world.newDevice();
  const page = await device.openTab('/companion/missions');
  const foreign: string[] = [];
  device.context.on('request', (request) => {
    if (!request.url().startsWith(world.url)) foreign.push(request.url());
  });
  device.context.on('dialog', (dialog) => {
    foreign.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });

  const mission = { title: EVIL_TITLE, objective: EVIL, concept: PAYLOADS.join('\n\n') };
  await page.goto('/companion/missions/new');
  await fillMission(page, mission);
  await page.getByRole('tab', { name: 'Preview' }).click();
  await page.getByText('{@html 1}{{1}}').waitFor();
  await expectInert(page);
  await saveMission(page, mission);
  const missionUrl = page.url();
  for (const path of [missionUrl, '/companion/missions', '/inbox', '/todo']) await expectInertAt(page, path);

  await page.goto('/todo');
  await cardOf(page, `Create the task “${title}”`).getByText(`because ${EVIL}`).waitFor();
  await expectInert(page);
  await approve(page, `Create the task “${title}”`);
  await taskOf(page, title).getByRole('button', { name: /^by / }).click();
  await page.getByRole('dialog').getByText(`because ${EVIL}`).waitFor();
  await expectInert(page);

  const workbench = ['/companion/workbench', '/companion/workbench?view=plots'];
  for (const path of [missionUrl, '/companion/missions', '/todo', ...workbench]) await expectInertAt(page, path);
  expect(foreign).toEqual([]);
});
