import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureDebianCommand } from '../support/debian-package.ts';
import { startServiceProcess } from '../support/service-process.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the browser that the tests drive. */
    chromium: string;
    /** The data directory of a service that was started once and did nothing: a copy of it starts in half the time. */
    unusedStore: string;
  }
}

/**
 * The web client as it is built for everybody, and a browser to look at it with: Debian's, or the Chromium or Chrome whose
 * path is in TEST_CHROMIUM.
 */
export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('chromium', process.env.TEST_CHROMIUM ?? (await ensureDebianCommand('chromium', 'chromium')));
  execFileSync(process.execPath, ['scripts/build-web-when-stale.mjs'], { stdio: 'inherit' });
  const unusedStore = await mkdtemp(join(tmpdir(), 'pg-missions-unused-'));
  const service = startServiceProcess({ DATA_DIR: unusedStore });
  await service.ready;
  service.child.kill('SIGTERM');
  await service.exited;
  project.provide('unusedStore', unusedStore);
  return () => rm(unusedStore, { recursive: true, force: true });
}
