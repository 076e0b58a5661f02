import { defineConfig } from 'vitest/config';

/** What mutants are held against: the tests of the files that stryker.config.json names. They need no database. */
export default defineConfig({
  test: {
    root: '.',
    include: [
      'test/core/log/{merge-law,verify/check-wants}.test.ts',
      'test/core/missions/plan-wanted.test.ts',
      'test/core/proposals/{policy,proposal}.test.ts',
      'test/core/sync/*.test.ts',
      'test/decisions/*.test.ts',
      'test/web/replica/divide-at-latest.test.ts',
    ],
  },
});
