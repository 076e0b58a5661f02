import type { Bench } from '../harness/bench.ts';
import { measureScale } from './measure-scale.ts';

export const scale: Bench = {
  name: 'scale',
  title: 'Scale: the same work in a log of ten million changes',
  about: new URL('./about.md', import.meta.url),
  packages: ['pg'],
  rounds: 5,
  measure: measureScale,
};
