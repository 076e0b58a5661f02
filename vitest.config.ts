import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

/** What of test/web needs a page to be in; the rest of it is pure, or brings its own browser storage. */
const IN_A_PAGE = 'test/web/{components,layout,router,keyboard,i18n}/**/*.test.ts';
const IN_A_BROWSER = 'test/browser/**/*.test.ts';

// The time-outs are generous on purpose: they end a hung test, they do not measure anything.
export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    pool: 'forks',
    // One more than the cores of a small machine: tests wait for processes of theirs a sixth of the time.
    maxWorkers: 3,
    fileParallelism: true,
    // What the command line prints is compared as text.
    env: { NO_COLOR: '1' },
    testTimeout: 180_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [IN_A_PAGE, IN_A_BROWSER],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
      {
        extends: true,
        plugins: [svelte({ configFile: false }), svelteTesting()],
        test: { name: 'web', include: [IN_A_PAGE], environment: 'happy-dom', setupFiles: ['test/web/setup.ts'] },
      },
      {
        extends: true,
        test: { name: 'browser', include: [IN_A_BROWSER], globalSetup: ['test/browser/global-setup.ts'] },
      },
    ],
  },
});
