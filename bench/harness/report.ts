import type { Fact } from './bench.ts';
import type { Comparison } from './compare.ts';
import type { Machine } from './machine.ts';

/** What a bench measured, and where, with what and how: figures mean nothing without it. */
export interface BenchReport {
  bench: string;
  command: string;
  machine: Machine;
  /** How Postgres keeps what it acknowledged. */
  server?: Record<string, string>;
  comparisons: Comparison[];
  facts: Fact[];
}
