import { execFileSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import { ensureDebianCommand } from '../support/debian-package.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the browser that the tests drive. */
    chromium: string;
  }
}

/**
 * The web client as it is built for everybody, and a browser to look at it with: Debian's, or the Chromium or Chrome whose
 * path is in TEST_CHROMIUM.
 */
export default async function globalSetup(project: TestProject): Promise<void> {
  project.provide('chromium', process.env.TEST_CHROMIUM ?? (await ensureDebianCommand('chromium', 'chromium')));
  execFileSync(process.execPath, ['scripts/build-web-when-stale.mjs'], { stdio: 'inherit' });
}
