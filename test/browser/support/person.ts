// What a person does and sees, by what is written on the page.
import type { Locator, Page } from 'playwright-core';

export interface MissionText {
  title: string;
  objective?: string;
  concept?: string;
}

/** Writes a mission and saves it. */
export async function writeMission(page: Page, mission: MissionText): Promise<void> {
  await page.goto('/companion/missions/new');
  await fillMission(page, mission);
  await saveMission(page, mission);
}

export async function fillMission(page: Page, { title, objective = 'It is done', concept = '' }: MissionText) {
  await page.getByRole('textbox', { name: 'Title' }).fill(title);
  await page.getByRole('textbox', { name: 'Objective' }).fill(objective);
  await page.getByRole('textbox', { name: 'Concept' }).fill(concept);
}

export async function saveMission(page: Page, { title }: MissionText): Promise<void> {
  await page.getByRole('button', { name: 'Save and plan' }).click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
}

/** The card of a proposal, by what it proposes: `Create the task “Buy milk”`. */
export function cardOf(page: Page, title: string): Locator {
  return page.getByRole('article', { name: title, exact: true });
}

/** The row of a task in the list. */
export function taskOf(page: Page, title: string): Locator {
  const box = page.getByRole('checkbox', { name: `Complete “${title}”`, exact: true });
  return page.getByRole('listitem').filter({ has: box });
}

/** Decides, and waits until nothing is left to decide: only then is the decision stored, and outlives the page. */
export async function approve(page: Page, title: string): Promise<void> {
  const button = cardOf(page, title).getByRole('button', { name: 'Approve' });
  await button.click();
  await button.waitFor({ state: 'detached' });
}

export async function reject(page: Page, title: string, feedback: string): Promise<void> {
  const card = cardOf(page, title);
  await card.getByRole('button', { name: 'Reject' }).click();
  await card.getByRole('textbox').fill(feedback);
  const button = card.getByRole('button', { name: 'Reject' });
  await button.click();
  await button.waitFor({ state: 'detached' });
}

export async function addTask(page: Page, title: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Add a task' }).fill(title);
  await page.keyboard.press('Enter');
  await taskOf(page, title).waitFor();
}

/** Marks the document, so that `isSameDocument` can tell whether it was loaded anew since. */
export async function markDocument(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(globalThis, { marked: true }));
}

export function isSameDocument(page: Page): Promise<boolean> {
  return page.evaluate(() => 'marked' in globalThis);
}

/** Waits until the page says of its syncing what it should. */
export async function untilSync(page: Page, reason: RegExp): Promise<void> {
  await page.getByRole('status').filter({ hasText: reason }).waitFor({ state: 'attached' });
}
