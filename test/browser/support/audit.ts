import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe-core finds in the page as it is now that is serious or critical: the rule, and the elements. It reads the page over some
 * time: of a button that changes meanwhile it has the old name and the new text. What is wrong is so at the second look, too.
 */
export async function audit(page: Page): Promise<string[]> {
  // What is still fading in has no colours to measure.
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {}))));
  await page.evaluate(AXE);
  const found = await look(page);
  return found.length === 0 ? found : look(page);
}

async function look(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run());
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

interface Axe {
  run(): Promise<AxeResults>;
}
