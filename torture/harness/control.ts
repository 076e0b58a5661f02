import type { PostgresServer } from '../../test/support/postgres-server.ts';

/** A build that is broken on purpose: what shows that an attack and its laws would notice. One file in ../controls each. */
export interface Control extends Catcher {
  name: string;
  /** What is broken; a sentence. */
  broken: string;
}

/** An attack on a broken build. */
export interface Catcher {
  /** Which attack is to notice, and by what. */
  by: string;
  /** What it noticed; null: nothing. */
  attack(options: ControlOptions): Promise<string | null>;
}

export interface ControlOptions {
  server: PostgresServer;
  seed: number;
  onProgress(line: string): void;
}
