import { sql } from 'drizzle-orm';
import { afterEach, beforeEach } from 'vitest';
import { userSession } from '../../src/database/database.ts';
import type { Runner } from '../../src/runner/runner.ts';
import { newUser, type TestEngine } from '../support/engines.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import { scriptedPlanner, testRunner, writeMission } from '../support/missions.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';

/** What the tests of the runner work with; each test has its own model, clock and user. */
export interface RunnerWorld {
  model: ModelServer;
  clock: FakeClock;
  user: string;
  /** A runner that ends with the test. */
  runner(over?: Partial<Parameters<typeof testRunner>[0]>): Runner;
}

/** Sets the world up before each test of the file, and cleans up after it. */
export function runnerWorld(engine: () => TestEngine): RunnerWorld {
  let runners: Runner[] = [];
  const world = {
    runner(over = {}) {
      const made = testRunner({ db: engine().db, planner: scriptedPlanner(world.model), clock: world.clock, ...over });
      runners.push(made);
      return made;
    },
  } as RunnerWorld;

  beforeEach(async () => {
    world.model = await startModelServer();
    world.clock = fakeClock();
    world.user = newUser();
    runners = [];
  });
  afterEach(async () => {
    await Promise.all(runners.map((runner) => runner.stop()));
    await world.model.close();
    // What a test left wanting must not be claimed by the next one's runner.
    const missions = await engine().db.run<{ id: string }>(
      userSession(world.user),
      sql`select mission_id as id from missions`,
    );
    for (const { id } of missions) await writeMission(engine().db, world.user, id, { state: 'archived' }, 'update');
  });
  return world;
}
