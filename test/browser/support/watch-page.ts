import type { Page } from 'playwright-core';

/**
 * Collects what goes wrong in a page without anybody seeing it: errors, warnings, and what the content policy refused
 * (which the browser writes to the console as an error). To be compared with an empty list at the end.
 */
export function watchPage(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  return complaints;
}
