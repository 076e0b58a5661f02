import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { check } from '../checker/check.ts';
import type { Evidence } from '../checker/evidence.ts';
import { collectEvidence } from './collect-evidence.ts';
import type { Outcome } from './job.ts';
import type { Scenario } from './scenario.ts';
import { settle } from './settle.ts';
import { openWorld, type World } from './world.ts';

export interface RunOptions {
  /** The one that others use, too; asked for by a scenario without one of its own. */
  server(): Promise<PostgresServer>;
  seed: number;
  rounds: number;
  /** No round is begun after this; epoch ms. Absent: all are played. */
  deadline?: number;
  /** Breaks the database, for a negative control. */
  breakWorld?(world: World): Promise<void>;
  onProgress(line: string): void;
}

/** Plays a scenario, lets everything come to rest, and has the laws checked. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Outcome> {
  const own = await scenario.startServer?.();
  try {
    return await play(scenario, own ?? (await options.server()), options);
  } finally {
    await own?.stop();
  }
}

async function play(scenario: Scenario, server: PostgresServer, options: RunOptions): Promise<Outcome> {
  const { seed, rounds, deadline = Number.POSITIVE_INFINITY, breakWorld, onProgress } = options;
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
    const counts = { ...world.tally.counts(), ...countsOf(evidence) };
    const missing = [...scenario.injects, ...(scenario.shows ?? [])].filter(
      (name) => !Object.entries(counts).some(([counted, times]) => counted.startsWith(name) && times > 0),
    );
    const { rows } = await world.admin.query('show server_version');
    const postgres = String(rows[0].server_version);
    return { scenario: scenario.name, seed, rounds: played, postgres, counts, missing, violations: check(evidence) };
  } finally {
    await world.close();
  }
}

/** How much there was to hold against the laws. */
function countsOf({ users, ledger }: Evidence): Record<string, number> {
  const log = users.flatMap((user) => user.log);
  return {
    'changes in the log': log.length,
    iterations: log.filter(({ tableName, op }) => tableName === 'aiIterations' && op === 'insert').length,
    'model calls': ledger.length,
    'changes handed to followers': users
      .flatMap(({ followed }) => followed)
      .reduce((sum, { seen }) => sum + seen.length, 0),
  };
}
