// A change that the service does not take: kept, told, tried again, given up.
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { audit } from './support/audit.ts';
import { addTask, taskOf, untilSync } from './support/person.ts';
import { readLog } from './support/read-log.ts';
import { useWorld } from './support/use-world.ts';

const world = useWorld({ isCutOff: true, isRefusing: true });

const titlesInLog = async () =>
  (await readLog(world.url)).filter(({ appId }) => appId === 'todo').map(({ fields }) => fields.title?.value);

it('a refused change is told of and kept, lands when it is mended, and is gone when it is given up', async () => {
  const device = await world.newDevice();
  const page = await device.openTab('/todo');
  await untilSync(page, /Everything is here/);
  await device.context.setOffline(true);
  await untilSync(page, /no network/);
  for (const title of ['Buy milk', 'Buy bread', 'Buy oats']) await addTask(page, title);
  // As a client of another version would have written them, which holds a title for a number.
  await rewriteStored(page, 'outbox', '"Buy milk"', '12345');
  await rewriteStored(page, 'outbox', '"Buy oats"', '54321');
  await device.context.setOffline(false);

  await page.getByRole('button', { name: '2 notes on syncing' }).click();
  const panel = page.getByRole('dialog', { name: 'What happened while syncing' });
  const milk = panel.getByRole('article').filter({ hasText: '12,345' });
  const oats = panel.getByRole('article').filter({ hasText: '54,321' });
  await milk.getByRole('heading', { name: /was not taken$/ }).waitFor();
  await milk.getByText('The service says: Title: Write a text.').waitFor();
  await oats.getByText('It is kept here until you decide.').waitFor();
  expect(await audit(page)).toEqual([]);
  await vi.waitUntil(async () => (await titlesInLog()).length > 0, { timeout: 60_000 });
  expect(await titlesInLog()).toEqual(['Buy bread']);

  // Tried as it is it fares no better.
  const refusal = page.waitForResponse((response) => response.request().method() === 'POST' && !response.ok());
  await milk.getByRole('button', { name: 'Try again' }).click();
  await refusal;
  await milk.getByText('The service says: Title: Write a text.').waitFor();
  expect(await titlesInLog()).toEqual(['Buy bread']);

  await rewriteStored(page, 'notes', '12345', '"Buy milk"');
  await milk.getByRole('button', { name: 'Try again' }).click();
  await milk.waitFor({ state: 'detached' });
  await vi.waitUntil(async () => (await titlesInLog()).length > 1, { timeout: 60_000 });
  expect(await titlesInLog()).toEqual(['Buy bread', 'Buy milk']);

  await oats.getByRole('button', { name: 'Discard' }).click();
  await oats.getByText('What you wrote is lost then. Discard it?').waitFor();
  await oats.getByRole('button', { name: 'Discard' }).click();
  await panel.getByText('Nothing to tell').waitFor();
  await page.keyboard.press('Escape');

  await page.reload();
  for (const title of ['Buy bread', 'Buy milk']) await taskOf(page, title).waitFor();
  await page.getByRole('button', { name: 'Notes on syncing' }).waitFor();
  expect(await taskOf(page, 'Buy oats').count()).toBe(0);
  expect(await titlesInLog()).toEqual(['Buy bread', 'Buy milk']);
});

/** Writes something else into what a replica has stored, where its JSON has `from`. */
async function rewriteStored(page: Page, store: 'outbox' | 'notes', from: string, to: string): Promise<void> {
  await page.evaluate(
    async ([storeName, before, after]) => {
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const [found] = (await indexedDB.databases()).filter(({ name }) => name?.startsWith('pg-missions:'));
      const db = await done(indexedDB.open(found?.name ?? ''));
      const rows = db.transaction(storeName, 'readwrite').objectStore(storeName);
      for (const row of await done(rows.getAll())) {
        const text = JSON.stringify(row);
        if (text.includes(before)) await done(rows.put(JSON.parse(text.replaceAll(before, after))));
      }
      db.close();
    },
    [store, from, to] as const,
  );
}
