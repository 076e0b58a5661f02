import type { PostgresServer } from '../../test/support/postgres-server.ts';
import type { Violation } from '../checker/check.ts';

/** One way to attack, and what is said of it: `npm run torture -- --scenario <name>`. A section of docs/reliability.md. */
export interface Job {
  name: string;
  /** What is promised, and what is done against it; sentences. */
  promise: string;
  attack: string;
  /** What is repeated: `rounds`, `histories`. */
  of: string;
  /** How often: by the command, and in the tests; absent: what its test does is counted in other ways. */
  rounds: { full: number; smoke?: number };
  /** Where the tests do the same; absent: `npm run torture -- --smoke` does, and a test that it does. */
  test?: string;
  /** Names of the counts that add up to how often it attacked, or their beginnings; none: its rounds say it. */
  injects: readonly string[];
  /** What these are: `faults`. */
  attacks: string;
  run(options: JobOptions): Promise<Outcome>;
}

export interface JobOptions {
  /** Started for the first that asks. */
  server(): Promise<PostgresServer>;
  seed: number;
  rounds: number;
  /** No round is begun after this; epoch ms. */
  deadline: number;
  onProgress(line: string): void;
}

export interface Outcome {
  scenario: string;
  seed: number;
  rounds: number;
  /** Its version, if one took part. */
  postgres?: string;
  /** Faults injected, and what happened meanwhile. */
  counts: Record<string, number>;
  /** Beginnings of names of counts: what was to be injected, or to come of it, and was not. */
  missing: string[];
  violations: Violation[];
  /** Why it broke off, where that was no law: nothing that it counted is known. */
  failed?: string;
}
