import type pg from 'pg';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import type { Services } from './services.ts';

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
  /** Where a scenario is to notice: breaks the world that it plays in. */
  breakWorld?(world: BreakableWorld): Promise<void>;
}

/** What of a world can be broken: its database, and the program of its services. */
export interface BreakableWorld {
  admin: pg.ClientBase | pg.Pool;
  services: Pick<Services, 'breakProgram'>;
}

export interface ControlOptions {
  server: PostgresServer;
  seed: number;
  onProgress(line: string): void;
}
