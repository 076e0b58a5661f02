import { bySimulation } from '../catchers/by-simulation.ts';
import type { Control } from '../harness/control.ts';
import { foldBy } from '../simulation/fold-by.ts';
import { MERGE, simulateMerge } from '../simulation/merge.ts';

export const tiesByArrival: Control = {
  name: 'ties-by-arrival',
  broken: 'Of two writes of one time the later to arrive wins: `>=` in place of a total order.',
  ...bySimulation('merge', {
    says: /and not|another order|another grouping/,
    simulate: (seed) =>
      simulateMerge(seed, 500, { ...MERGE, fold: foldBy((write, held) => write.updatedAt >= held.updatedAt) }),
  }),
};
