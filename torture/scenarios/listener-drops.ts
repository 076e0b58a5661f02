import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../test/support/until.ts';
import { openService } from '../harness/open-service.ts';
import { pushRound } from '../harness/push-round.ts';
import { comeToRest } from '../harness/rest.ts';
import type { Scenario } from '../harness/scenario.ts';
import type { World } from '../harness/world.ts';

const ROLES = ['api', 'runner'] as const;
/** Long enough for pushes to come meanwhile; how long it is matters to nothing that is checked. */
const FAULT_MS = 300;

/** What is done to the connections that listen, and how it ends. */
const DROPS: Record<string, (world: World) => Promise<void>> = {
  async terminated({ admin, tally }) {
    const terminate = `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'pg-missions-listener'`;
    // Those that the round before has cut off may still be on their way back.
    const terminated = await until(async () => (await admin.query(terminate)).rowCount);
    tally.add('listener terminated', terminated);
  },
  async reset(world) {
    for (const role of ROLES) world.cutOff(role);
    world.tally.add('listener reset');
  },
  async swallowed({ back, tally }) {
    for (const role of ROLES) back[role].blackhole();
    tally.add('listener swallowed');
    await delay(FAULT_MS);
    for (const role of ROLES) await back[role].resume();
  },
  async 'half-open'(world) {
    for (const role of ROLES) world.back[role].blackhole();
    world.tally.add('listener half-open');
    await delay(FAULT_MS);
    for (const role of ROLES) world.cutOff(role);
    for (const role of ROLES) await world.back[role].resume();
  },
  async refused(world) {
    for (const role of ROLES) world.back[role].refuse();
    for (const role of ROLES) world.cutOff(role);
    world.tally.add('listener refused');
    await delay(FAULT_MS);
    for (const role of ROLES) await world.back[role].resume();
  },
};

export const listenerDrops: Scenario = {
  name: 'listener-drops',
  promise:
    'A notification is a hint: whoever missed one plans what is wanted and sends on what was written all the same.',
  attack:
    'The connections to Postgres, those that listen among them, are terminated, reset, swallowed, left half-open or refused while people write.',
  rounds: { full: 1_000, smoke: 5 },
  injects: ['listener terminated', 'listener reset', 'listener swallowed', 'listener half-open', 'listener refused'],

  prepare: openService,

  async round(world, number) {
    const chance = world.chance(`round ${number}`);
    const kinds = Object.keys(DROPS);
    const drop = DROPS[kinds[number % kinds.length] as string] as (world: World) => Promise<void>;
    const pushing = pushRound(world, chance, `${number}.1`);
    await drop(world);
    await pushing;
    await pushRound(world, chance, `${number}.2`);
    await comeToRest(world, () => false);
  },
};
