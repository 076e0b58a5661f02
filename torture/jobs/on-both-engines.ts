import type { Database } from '../../src/database/database.ts';
import { openTestPglite } from '../../test/support/engines.ts';
import type { JobOptions, Outcome } from '../harness/job.ts';
import { createTally, type Tally } from '../harness/tally.ts';
import { openRaceWorld } from '../interleavings/open-race-world.ts';

export interface EngineRound {
  db: Database;
  /** From 1, on each engine. */
  number: number;
  tally: Tally;
}

/** Plays each round on Postgres and on PGlite; what throws is a broken law, whose message says how to repeat it. */
export async function onBothEngines(
  { name, law }: { name: string; law: string },
  { server, seed, rounds, deadline, onProgress }: JobOptions,
  play: (round: EngineRound) => Promise<void>,
): Promise<Outcome> {
  const world = await openRaceWorld((await server()).adminUrl);
  const pglite = await openTestPglite(() => {});
  const tally = createTally();
  const { rows } = await world.admin.query('show server_version');
  const outcome = { scenario: name, seed, postgres: String(rows[0].server_version), missing: [] };
  let played = 0;
  try {
    while (played < rounds && Date.now() < deadline) {
      played += 1;
      for (const { db } of [world, pglite]) await play({ db, number: played, tally });
      onProgress(`${name}, seed ${seed}: round ${played} of ${rounds}`);
    }
    return { ...outcome, rounds: played, counts: tally.counts(), violations: [] };
  } catch (error) {
    const message = `round ${played}: ${(error as Error).stack ?? error}`;
    return { ...outcome, rounds: played, counts: tally.counts(), violations: [{ law, message }] };
  } finally {
    await pglite.close();
    await world.close();
  }
}
