import { byScenario } from '../catchers/by-scenario.ts';
import type { Control } from '../harness/control.ts';
import { pushEdits } from '../harness/push-edits.ts';
import { comeToRest } from '../harness/rest.ts';
import type { Scenario } from '../harness/scenario.ts';
import { listenerDrops } from '../scenarios/listener-drops.ts';

/** Missions are edited while the runner cannot be notified, and nobody edits one afterwards. */
const unheard: Scenario = {
  ...listenerDrops,
  injects: ['database cut off from runner'],
  async round(world, number) {
    const chance = world.chance(`round ${number}`);
    await pushEdits(world, chance, `${number}.1`, 1);
    await comeToRest(world, () => false);
    // One that never plans would be caught as well, and would show nothing.
    if (world.stuck.length > 0) throw new Error('the runner does not even plan what it is notified of');
    world.back.runner.refuse();
    world.cutOff('runner');
    await pushEdits(world, chance, `${number}.2`, 1);
    await world.back.runner.resume();
  },
};

/** Neither when it connects, nor by a sweep, nor when something comes due, nor again after a look that failed. */
const LOOKS_ONLY_WHEN_TOLD = {
  'onConnected: wake,': 'onConnected: () => {},',
  'wake();\n      if (running) scheduleSweep();': 'if (running) scheduleSweep();',
  'cancelDue = clock.after(wait > 0 ? wait : LOCKED_MS, wake);': '',
  'if (running) cancelDue = clock.after(Math.min(250': 'if (false) cancelDue = clock.after(Math.min(250',
};

export const notifyAsTruth: Control = {
  name: 'notify-as-truth',
  broken: 'A runner looks for missions when it starts and when it is notified, and at no other time.',
  ...byScenario(unheard, {
    law: 'nothing_stuck',
    rounds: 1,
    async breakWorld({ services }) {
      await services.breakProgram(LOOKS_ONLY_WHEN_TOLD);
    },
  }),
};
