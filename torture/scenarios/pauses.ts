import { pushEdits } from '../harness/push-edits.ts';
import { comeToRest } from '../harness/rest.ts';
import type { Scenario } from '../harness/scenario.ts';
import type { KillPoint } from '../harness/services.ts';

const POINTS: readonly KillPoint[] = [
  'plans_before_commit',
  'answer_received',
  'claimed',
  'prompt_sent',
  'call_recorded',
];

export const pauses: Scenario = {
  name: 'pauses',
  promise:
    'A runner that lost its lease writes nothing: a plan is written by whoever holds the claim, and by nobody else.',
  attack:
    'SIGSTOP of a runner on the way from a claim to its plan, as long as it takes for its lease to end and another to plan the mission; then it goes on.',
  rounds: { full: 200, smoke: 1 },
  injects: ['SIGSTOP at '],

  async prepare(world) {
    await world.startApi();
    for (const user of world.users) await world.addWriter(user);
  },

  async round(world, number) {
    const { services } = world;
    const chance = world.chance(`round ${number}`);
    const at = POINTS[(number - 1) % POINTS.length] as KillPoint;
    const paused = await services.start('runner', { at, nth: 1 + chance.below(2), signal: 'SIGSTOP' });
    await pushEdits(world, chance, `${number}`, 2);
    await comeToRest(world, () => !paused.isWorking());
    const successor = await services.start('runner');
    await comeToRest(world, () => false);
    paused.resume();
    // Each ends what it is at before it ends itself.
    await paused.stop();
    await successor.stop();
  },
};
