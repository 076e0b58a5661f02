import type { Bench } from '../harness/bench.ts';
import { measureClaim } from './measure-claim.ts';

export const claim: Bench = {
  name: 'claim',
  title: 'Planning: missions that are due, planned and recorded',
  about: new URL('./about.md', import.meta.url),
  packages: ['pg', 'graphile-worker'],
  rounds: 5,
  measure: measureClaim,
};
