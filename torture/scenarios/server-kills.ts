import type { Chance } from '../harness/chance.ts';
import { decideOldest } from '../harness/decider.ts';
import { openService } from '../harness/open-service.ts';
import { pushEdits } from '../harness/push-edits.ts';
import { pushRound } from '../harness/push-round.ts';
import { comeToRest } from '../harness/rest.ts';
import type { Scenario } from '../harness/scenario.ts';
import type { KillPoint } from '../harness/services.ts';
import type { World } from '../harness/world.ts';

const POINTS: readonly KillPoint[] = [
  'push_before_commit',
  'decision_committed',
  'push_committed',
  'decision_before_commit',
];
/** A process that is not reached by then is killed wherever it is. */
const MOST_PUSHES = 4;

export const serverKills: Scenario = {
  name: 'server-kills',
  promise:
    'An acknowledged change or decision stands, exactly once; who was not answered asks again and is told what holds.',
  attack:
    'kill -9 of the API process before and after the commit of a push or a decision, or at any moment; clients push again under the same event ids.',
  rounds: { full: 200, smoke: 2 },
  injects: ['SIGKILL at push_', 'SIGKILL at decision_'],

  prepare: openService,

  async round(world, number) {
    const chance = world.chance(`round ${number}`);
    const at = POINTS[(number - 1) % POINTS.length] as KillPoint;
    const isOfPush = at.startsWith('push');
    if (!isOfPush) await haveProposals(world, chance, `${number}.0`);
    const before = world.services.working('api');
    const api = await world.startApi({ at, nth: 1 + chance.below(isOfPush ? 6 : 2), signal: 'SIGKILL' });
    for (const old of before) await old.stop();
    const asking = ask();
    await Promise.race([api.exited, asking]);
    await api.kill();
    await world.startApi();
    await asking;

    async function ask(): Promise<void> {
      for (let pushes = 1; pushes <= MOST_PUSHES && api.isAlive(); pushes++) {
        const pushing = pushRound(world, chance, `${number}.${pushes}`);
        await Promise.all([pushing, decideOldest(world, 2)]);
      }
    }
  },
};

/** Something to decide on for everybody. */
async function haveProposals(world: World, chance: Chance, label: string): Promise<void> {
  await pushEdits(world, chance, label, 1);
  await comeToRest(world, () => false);
}
