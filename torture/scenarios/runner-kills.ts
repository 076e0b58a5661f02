import type { Chance } from '../harness/chance.ts';
import { comeToRest } from '../harness/rest.ts';
import type { Scenario } from '../harness/scenario.ts';
import type { KillPoint, Service, Strike } from '../harness/services.ts';
import { missionChanges } from '../harness/work.ts';
import type { World } from '../harness/world.ts';

const POINTS: readonly KillPoint[] = [
  'claimed',
  'prompt_sent',
  'answer_received',
  'call_recorded',
  'plans_before_commit',
  'plans_committed',
];
/** A runner that is not reached by then is killed wherever it is. */
const MOST_PUSHES = 8;

export const runnerKills: Scenario = {
  name: 'runner-kills',
  promise:
    'Each wanted plan is recorded exactly once, whatever becomes of the runners; no answer that was paid for is lost once it is recorded.',
  attack:
    'kill -9 of runners at each point on the way from a claim to its plan, or at any moment, two at a time, while missions are edited.',
  rounds: { full: 100, smoke: 3 },
  injects: ['SIGKILL at '],

  async prepare(world) {
    await world.startApi();
    for (const user of world.users) {
      await world.addWriter(user);
      await world.addFollower(user, 'stream');
    }
  },

  async round(world, number) {
    const chance = world.chance(`round ${number}`);
    const runners = await Promise.all(
      [strikeOf(chance, number), strikeOf(chance, number + 3)].map((strike) => world.services.start('runner', strike)),
    );
    const areDead = () => runners.every((runner) => !runner.isAlive());
    for (let pushes = 1; pushes <= MOST_PUSHES && !areDead(); pushes++) {
      await pushEdits(world, chance, `${number}.${pushes}`);
      await comeToRest(world, areDead);
    }
    await Promise.all(runners.map(killedFor));
  },
};

/** The points take turns, so that a run of some rounds has been at each. */
function strikeOf(chance: Chance, turn: number): Strike {
  return { at: POINTS[turn % POINTS.length] as KillPoint, nth: 1 + chance.below(3), signal: 'SIGKILL' };
}

async function killedFor(runner: Service): Promise<void> {
  await runner.kill();
  await runner.exited;
}

async function pushEdits({ writers }: World, chance: Chance, label: string): Promise<void> {
  const batches = writers.map((writer) => ({
    writer,
    changes: missionChanges(chance, writer, label, 1 + chance.below(2)),
  }));
  await Promise.all(batches.map(({ writer, changes }) => writer.push('ai', changes)));
}
