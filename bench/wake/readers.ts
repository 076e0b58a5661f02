import type { Worker } from '../harness/worker.ts';
import type { WakeFloorCalls } from './wake-floor.ts';
import type { WakeServiceCalls } from './wake-service.ts';
import { INPUTS, ITERATIONS, STEPS } from './wake-world.ts';

/** Whoever waits for the edit. */
export interface Reader {
  start(): Promise<void>;
  /** When the next edit, which gives the mission this title, has reached it; in microseconds. */
  next(title: string): Promise<number>;
  stop(): Promise<void>;
}

export function floorReader(floor: Worker<WakeFloorCalls>, kind: 'notify' | 'claim'): Reader {
  return {
    start: () => floor.call('listen', kind),
    next: () => floor.call('next'),
    stop: () => floor.call('unlisten'),
  };
}

export function serviceReader(service: Worker<WakeServiceCalls>): Reader {
  return {
    start: () => service.call('start'),
    async next(title) {
      const begun = await service.call('next');
      const { inputs, iterations, steps } = begun;
      const isComplete =
        begun.title === title && inputs === INPUTS && iterations === ITERATIONS && steps === ITERATIONS * STEPS;
      if (!isComplete)
        throw new Error(`the planner was not given all that it is to be given: ${JSON.stringify(begun)}`);
      return begun.at;
    },
    stop: () => service.call('stop'),
  };
}
