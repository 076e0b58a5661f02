import type { BenchServer } from './bench-server.ts';
import type { Comparison, ComparisonOptions } from './compare.ts';

/** One part of the suite: `npm run bench -- <name>`. What it measures, and how, stands in the about.md of its folder. */
export interface Bench {
  name: string;
  title: string;
  /** Of about.md. */
  about: URL;
  /** npm packages whose versions matter to the figures. */
  packages: string[];
  /** How often each row is measured, unless the command says otherwise; at least 5. */
  rounds: number;
  measure(run: BenchRun): Promise<Measures>;
}

export interface Measures {
  comparisons: Comparison[];
  /** What is not held against a floor. */
  facts?: Fact[];
}

export interface Fact {
  name: string;
  value: number;
  unit: string;
  atMost?: number;
  atLeast?: number;
}

/** What a bench is given. */
export interface BenchRun {
  /** Postgres of this bench alone, started when first asked for, then with these settings (`name=value`). */
  server(settings?: readonly string[]): Promise<BenchServer>;
  /** Measures rows against their floor, and tells of it. */
  compare(options: ComparisonOptions): Promise<Comparison>;
  /** The amount for a run whose figures count, and that of the smoke run, which only shows that everything still works. */
  sized<T>(full: T, smoke: T): T;
  onProgress(line: string): void;
}
