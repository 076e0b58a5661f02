import type { Bench } from '../harness/bench.ts';
import { measureWake } from './measure-wake.ts';

export const wake: Bench = {
  name: 'wake',
  title: 'Waking: from a committed edit to the model call',
  about: new URL('./about.md', import.meta.url),
  packages: ['pg', 'pg-listen'],
  rounds: 10,
  measure: async (run) => ({ comparisons: await measureWake(run) }),
};
