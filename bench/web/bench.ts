import type { Bench } from '../harness/bench.ts';
import { measureWeb } from './measure-web.ts';

export const web: Bench = {
  name: 'web',
  title: 'In the browser',
  about: new URL('./about.md', import.meta.url),
  packages: ['@electric-sql/pglite', 'svelte', 'dexie', 'playwright-core'],
  rounds: 20,
  measure: measureWeb,
};
