import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { check, type Violation } from '../checker/check.ts';
import { collectEvidence } from './collect-evidence.ts';
import type { Scenario } from './scenario.ts';
import { settle } from './settle.ts';
import { openWorld, type World } from './world.ts';

export interface RunOptions {
  server: PostgresServer;
  seed: number;
  rounds: number;
  /** No round is begun after this; epoch ms. */
  deadline: number;
  /** Breaks the database, for a negative control. */
  breakWorld?(world: World): Promise<void>;
  onProgress(line: string): void;
}

export interface Outcome {
  scenario: string;
  seed: number;
  rounds: number;
  /** Faults injected, and what happened meanwhile. */
  counts: Record<string, number>;
  /** Beginnings of names of counts: what was to be injected and was not. */
  missing: string[];
  violations: Violation[];
}

/** Plays a scenario, lets everything come to rest, and has the laws checked. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Outcome> {
  const { server, seed, rounds, deadline, breakWorld, onProgress } = options;
  const world = await openWorld(server, seed);
  try {
    await breakWorld?.(world);
    await scenario.prepare?.(world);
    let played = 0;
    while (played < rounds && Date.now() < deadline) {
      played += 1;
      await scenario.round(world, played);
      onProgress(`${scenario.name}, seed ${seed}: round ${played} of ${rounds}`);
    }
    await settle(world);
    for (const follower of world.followers) await follower.stop();
    const evidence = await collectEvidence(world);
    world.tally.add(
      'changes in the log',
      evidence.users.reduce((sum, { log }) => sum + log.length, 0),
    );
    world.tally.add(
      'iterations',
      evidence.users.reduce(
        (sum, { log }) =>
          sum + log.filter(({ tableName, op }) => tableName === 'aiIterations' && op === 'insert').length,
        0,
      ),
    );
    world.tally.add('model calls', evidence.ledger.length);
    const counts = world.tally.counts();
    const missing = scenario.injects.filter((name) => !Object.keys(counts).some((counted) => counted.startsWith(name)));
    return { scenario: scenario.name, seed, rounds: played, counts, missing, violations: check(evidence) };
  } finally {
    await world.close();
  }
}
