import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../scripts/bundle.mjs';
import type { Bench } from '../harness/bench.ts';
import { measureStart } from './measure-start.ts';

export const start: Bench = {
  name: 'start',
  title: 'Start: npm start with the embedded database, until it is ready',
  about: new URL('./about.md', import.meta.url),
  packages: ['@electric-sql/pglite'],
  rounds: 7,
  async measure({ compare, sized }) {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const bootBundle = bundle('bench/start/boot-process.ts');
    const comparisons = [];
    // What is measured for the first time finds a new directory anyhow.
    for (const isNew of sized([true, false], [false])) {
      const scratch = mkdtempSync(join(tmpdir(), 'pg-missions-start-'));
      try {
        comparisons.push(await compare(measureStart({ root, scratch, bootBundle, isNew })));
      } finally {
        rmSync(scratch, { recursive: true, force: true });
      }
    }
    return { comparisons };
  },
};
