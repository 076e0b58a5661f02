// The client as a person opens it: the built files, served by the real service under its content policy, in a real browser.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { killProcess, type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { audit } from './support/audit.ts';
import { launch } from './support/launch.ts';
import { watchPage } from './support/watch-page.ts';

const PATHS = [
  '/companion/missions',
  '/companion/workbench',
  '/inbox',
  '/todo',
  '/calendar',
  '/places',
  '/notes',
  '/goals',
  '/companion/nothing/here',
];
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 740 };

let folder: string;
let service: ServiceProcess;
let url: string;
let browser: Browser;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pg-missions-test-'));
  service = startServiceProcess({ DATA_DIR: join(folder, 'data') });
  [url, browser] = await Promise.all([service.ready, launch()]);
});
afterAll(async () => {
  await browser?.close();
  await killProcess(service.child);
  rmSync(folder, { recursive: true, force: true });
});

let context: BrowserContext;
let page: Page;
let complaints: string[];
async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
  context = await browser.newContext({ locale: 'en-US', viewport: WIDE, baseURL: url, ...options });
  page = await context.newPage();
  complaints = watchPage(page);
}
beforeEach(() => open());
afterEach(() => context.close());

const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());

describe.each([
  ['light', 'wide', WIDE],
  ['light', 'narrow', NARROW],
  ['dark', 'wide', WIDE],
  ['dark', 'narrow', NARROW],
] as const)('in %s colours, %s', (colorScheme, _, viewport) => {
  it('every page loads without a complaint, can be used by everybody, and fits', async () => {
    await context.close();
    await open({ colorScheme, viewport });
    for (const path of PATHS) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await audit(page), path).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, path).toBeLessThanOrEqual(0);
    }
    expect(complaints).toEqual([]);
  });

  it('so do the dialogs', async () => {
    await context.close();
    await open({ colorScheme, viewport });
    await page.goto('/inbox');
    await heading('Inbox');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await audit(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    if (viewport === NARROW) {
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('link', { name: 'Workbench' }).waitFor();
      expect(await audit(page)).toEqual([]);
    }
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('dialog', { name: 'Settings' }).waitFor();
    expect(await audit(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

describe('finding one’s way', () => {
  it('begins with the missions', async () => {
    await page.goto('/');
    await heading('Missions');
    expect(new URL(page.url()).pathname).toBe('/companion/missions');
    expect(await page.title()).toBe('Missions · pg-missions');
  });

  it('by links, back and forward, with the focus on the heading and no loading anew', async () => {
    await page.goto('/companion/missions');
    await heading('Missions');
    await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
    await page.getByRole('link', { name: 'Todo' }).click();
    await heading('Todo');
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
    expect(await focused()).toBe('Todo');
    expect(await page.getByRole('link', { name: 'Todo' }).getAttribute('aria-current')).toBe('page');
    await page.goBack();
    await heading('Missions');
    await page.goForward();
    await heading('Todo');
    expect(await page.evaluate(() => 'sameDocument' in globalThis)).toBe(true);
  });

  it('by keyboard', async () => {
    await page.goto('/todo');
    await heading('Todo');
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await heading('Inbox');
    await page.reload();
    await heading('Inbox');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.id === 'main');
  });

  it('in a tab of its own with Ctrl', async () => {
    await page.goto('/todo');
    await heading('Todo');
    const [tab] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('link', { name: 'Notes' }).click({ modifiers: ['Control'] }),
    ]);
    await tab.getByRole('heading', { level: 1, name: 'Notes' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/todo');
  });

  it('to the API of the service, which is a page of its own', async () => {
    await page.goto('/inbox');
    await page.getByRole('button', { name: 'Settings' }).click();
    const [docs] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('link', { name: 'API of this service' }).click(),
    ]);
    await docs.waitForLoadState();
    expect(new URL(docs.url()).pathname).toBe('/docs');
  });
});

describe('a form with something in it', () => {
  const question = () => page.getByRole('dialog', { name: 'Discard what you wrote?' });
  const name = () => page.getByRole('textbox', { name: 'Name' });

  it('is left by no key, click or step back without a question', async () => {
    await page.goto('/todo');
    await heading('Todo');
    await page.getByRole('link', { name: 'Places' }).click();
    await heading('Places');
    const open = () => page.getByRole('button', { name: 'New place' }).click();
    await open();
    await name().waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    await open();
    await name().fill('Bakery');
    for (const leave of [
      () => page.keyboard.press('Escape'),
      () => page.mouse.click(5, 5),
      () => page.evaluate(() => history.back()),
    ]) {
      await leave();
      await question().waitFor();
      expect(await audit(page)).toEqual([]);
      await question().getByRole('button', { name: 'Cancel' }).click();
      await question().waitFor({ state: 'detached' });
      expect(await name().inputValue()).toBe('Bakery');
      expect(new URL(page.url()).pathname).toBe('/places');
    }
    await page.evaluate(() => history.back());
    await question().getByRole('button', { name: 'Discard' }).click();
    await heading('Todo');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.goForward();
    await heading('Places');
    expect(complaints).toEqual([]);
  });
});

describe('what a person chooses', () => {
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

  it('of colours holds at once and at the next visit, before anything is painted', async () => {
    await page.goto('/inbox');
    const light = await paper();
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('radio', { name: 'Dark' }).check();
    const dark = await paper();
    expect(dark).not.toBe(light);
    await page.reload({ waitUntil: 'commit' });
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
    expect(await paper()).toBe(dark);
    await heading('Inbox');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('radio', { name: 'System' }).check();
    expect(await paper()).toBe(light);
  });

  it('of languages likewise, and the page says which one it is in', async () => {
    await page.goto('/inbox');
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('radio', { name: 'Deutsch' }).check();
    await page.getByRole('dialog', { name: 'Einstellungen' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await page.reload();
    await heading('Eingang');
    expect(await page.title()).toBe('Eingang · pg-missions');
  });

  it('nowhere is the language of the browser', async () => {
    await context.close();
    await open({ locale: 'de-AT' });
    await page.goto('/todo');
    await heading('Aufgaben');
  });
});

describe('without a network', () => {
  it('the client opens at any of its pages, and says nothing of itself about data', async () => {
    await page.goto('/todo');
    await heading('Todo');
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
    await context.setOffline(true);
    for (const [path, name] of [
      ['/todo', 'Todo'],
      ['/companion/workbench', 'Workbench'],
      ['/', 'Missions'],
    ] as const) {
      await page.goto(path);
      await heading(name);
    }
    // Answered by nobody: not from anything that was kept.
    for (const path of ['/health', '/api/missions', '/sync/pull']) {
      expect(await page.evaluate((at) => fetch(at).then(String, ({ name }) => name), path)).toBe('TypeError');
    }
  });

  it('keeps nothing of another version', async () => {
    await page.goto('/todo');
    await heading('Todo');
    await page.evaluate(async () => {
      await caches.open('shell-of-an-older-version');
      await caches.open('somebody-elses');
      for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
    });
    await page.reload();
    await heading('Todo');
    await page.waitForFunction(() => caches.has('shell-of-an-older-version').then((has) => !has));
    const names = await page.evaluate(() => caches.keys());
    expect(names.filter((name) => name.startsWith('shell-'))).toHaveLength(1);
    expect(names).toContain('somebody-elses');
  });
});

describe('in a small window', () => {
  it('the sheet has the sync status, the notes and the settings in one line', async () => {
    await context.close();
    await open({ viewport: NARROW, locale: 'de' });
    await page.goto('/todo');
    await heading('Aufgaben');
    await page.getByRole('button', { name: 'Mehr' }).click();
    const buttons = [/^Abgleich: /, 'Hinweise zum Abgleich', 'Einstellungen'];
    const boxes = await Promise.all(buttons.map((name) => page.getByRole('button', { name }).boundingBox()));
    const middles = boxes.map((box) => Math.round((box?.y ?? 0) + (box?.height ?? 0) / 2));
    expect(Math.max(...middles) - Math.min(...middles)).toBeLessThanOrEqual(2);

    // What is opened from it is not left below it.
    await page.getByRole('button', { name: /^Abgleich: / }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Jetzt erneut versuchen' }).click();
  });
});
