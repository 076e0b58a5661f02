import type { RunServer, World } from './world.ts';

/** One way to attack: `npm run torture -- --scenario <name>`. */
export interface Scenario<Server extends RunServer = RunServer> {
  name: string;
  /** What is promised, and what is done against it; sentences of docs/reliability.md. */
  promise: string;
  attack: string;
  rounds: { full: number; smoke: number };
  /** Its faults: the beginnings of names in the tally. Each must have been counted, or the run has not attacked; they are summed. */
  injects: readonly string[];
  /** What comes of its faults and must have been counted as well, or they did nothing; no faults of their own. */
  shows?: readonly string[];
  /** Its own Postgres; absent: it does with one that others use, too. */
  startServer?(): Promise<Server>;
  /** Before the first round. */
  prepare?(world: World<Server>): Promise<void>;
  /** Injects its faults and waits for what came of them. What is still wanted or broken afterwards is the next round's. */
  round(world: World<Server>, number: number): Promise<void>;
}
