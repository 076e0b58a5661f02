import { bySimulation } from '../catchers/by-simulation.ts';
import type { Control } from '../harness/control.ts';
import { READ_BY_TIME } from '../simulation/read-by-time.ts';
import { simulateReaders } from '../simulation/readers.ts';

export const cursorByCreatedAt: Control = {
  name: 'cursor-by-created-at',
  broken: 'A reader asks for what was written after the time of the last change that it saw.',
  ...bySimulation('readers', {
    says: /saw .* and the log has/,
    simulate: (seed) => simulateReaders(seed, 500, READ_BY_TIME),
  }),
};
