import { addDevices } from '../harness/add-devices.ts';
import { pushEdits } from '../harness/push-edits.ts';
import { pushRound } from '../harness/push-round.ts';
import { comeToRest } from '../harness/rest.ts';
import type { Scenario } from '../harness/scenario.ts';
import type { KillPoint } from '../harness/services.ts';

const RUNNER_POINTS: readonly KillPoint[] = ['claimed', 'prompt_sent', 'answer_received', 'plans_before_commit'];
const API_POINTS: readonly KillPoint[] = ['push_before_commit', 'push_committed'];
/** Who is not asked to end by then is asked from outside. */
const MOST_PUSHES = 3;

export const shutdown: Scenario = {
  name: 'shutdown',
  promise:
    'A process that is asked to end takes nothing new on, finishes or hands back what it is at, and is gone within ten seconds.',
  attack: 'SIGTERM of API and runner on the way to a commit, or at any moment, while people write.',
  rounds: { full: 200, smoke: 4 },
  injects: [...RUNNER_POINTS, 'push_'].map((point) => `SIGTERM at ${point}`),

  async prepare(world) {
    await addDevices(world);
    await world.startApi();
  },

  async round(world, number) {
    const { services } = world;
    const chance = world.chance(`round ${number}`);
    for (const old of services.working('runner')) await old.stop();
    await pushEdits(world, chance, `${number}.0`, 1);
    // What waits for it brings it to each of its points.
    const at = RUNNER_POINTS[number % RUNNER_POINTS.length] as KillPoint;
    const runner = await services.start('runner', { at, nth: 1 + chance.below(2), signal: 'SIGTERM' });
    const before = services.working('api');
    const api = await world.startApi({ at: chance.pick(API_POINTS), nth: 1 + chance.below(6), signal: 'SIGTERM' });
    for (const old of before) await old.stop();
    const pushing = push();
    await Promise.race([api.exited, pushing]);
    await api.stop();
    await world.startApi();
    await comeToRest(world, () => !runner.isAlive());
    await runner.stop();
    await services.start('runner');
    await pushing;

    async function push(): Promise<void> {
      for (let pushes = 1; pushes <= MOST_PUSHES && api.isAlive(); pushes++) {
        await pushRound(world, chance, `${number}.${pushes}`);
      }
    }
  },
};
