import { simulateCadences } from './cadences.ts';
import { simulateClocks } from './clocks.ts';
import { simulateDecisions } from './decisions.ts';
import { simulateMerge } from './merge.ts';
import { simulateReaders } from './readers.ts';
import { simulateReplicas } from './replicas.ts';
import type { Counted } from './simulate.ts';

export interface Simulation {
  name: string;
  /** What is promised, and what is done against it; sentences of docs/reliability.md. */
  promise: string;
  attack: string;
  /** How many histories; `ci` is what the tests judge. */
  histories: { ci: number; full: number };
  run(seed: number, count: number): Promise<Counted>;
}

/** All simulations of pure parts: each throws `LawBroken`, with the seed, at the first history that breaks its law. */
export const simulations: readonly Simulation[] = [
  {
    name: 'merge',
    promise:
      'Any order, repetition and grouping of the same changes end in one state, and a delete is not undone by an older write.',
    attack:
      'Changes of few fields at few times by few clients, delivered in random orders, some of them again, in two parts.',
    histories: { ci: 1_000_000, full: 10_000_000 },
    run: simulateMerge,
  },
  {
    name: 'clocks',
    promise: 'An edit wins over what it was made upon; a device that is ahead does not win a minute later.',
    attack: 'Devices whose clocks are wrong by up to a hundred years, and are set while changes are on their way.',
    histories: { ci: 100_000, full: 1_000_000 },
    run: simulateClocks,
  },
  {
    name: 'readers',
    promise: 'Whoever follows a cursor sees each change once, in order; a cursor of another log is refused.',
    attack: 'Pages of any size, lost answers, long transactions, rollbacks and restores.',
    histories: { ci: 50_000, full: 1_000_000 },
    run: simulateReaders,
  },
  {
    name: 'replicas',
    promise:
      'All devices, the service and a rebuild end equal, nothing is lost or twice, and nobody sees time go back.',
    attack:
      'Two to five devices with wrong clocks, lost and late requests, cut pages, foreseen effects that are edited, restores.',
    histories: { ci: 10_000, full: 100_000 },
    run: simulateReplicas,
  },
  {
    name: 'decisions',
    promise: 'A proposal is decided once at most and has its effect once, which is what was shown.',
    attack:
      'Two to five devices decide at once, and again, their statements interleaved; plans are superseded and changed.',
    histories: { ci: 20_000, full: 1_000_000 },
    run: simulateDecisions,
  },
  {
    name: 'cadences',
    promise: 'Each run comes when the clock of its zone says so, and runs that were missed happen once.',
    attack: 'Turns of seven clocks to and from summer time, and services that are down for minutes or days.',
    histories: { ci: 5_000, full: 100_000 },
    run: simulateCadences,
  },
];
