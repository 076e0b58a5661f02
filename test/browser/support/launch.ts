import { type Browser, chromium } from 'playwright-core';
import { inject } from 'vitest';

/** Starts the browser. Chromium's own sandbox does not work for root, which containers are run as. */
export function launch(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: inject('chromium'), args });
}
