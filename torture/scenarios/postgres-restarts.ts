import { openService } from '../harness/open-service.ts';
import { pushRound } from '../harness/push-round.ts';
import { comeToRest } from '../harness/rest.ts';
import type { Scenario } from '../harness/scenario.ts';

const MODES = ['kill9', 'fast', 'immediate'] as const;

export const postgresRestarts: Scenario = {
  name: 'postgres-restarts',
  promise: 'When Postgres comes back, so does the service: by itself, and with everything that was acknowledged.',
  attack: 'Postgres is restarted while people write and runners plan: fast, immediate (recovery follows), and kill -9.',
  rounds: { full: 50, smoke: 3 },
  injects: MODES.map((mode) => `Postgres restarted: ${mode}`),

  prepare: openService,

  async round(world, number) {
    const { server, services, tally } = world;
    const chance = world.chance(`round ${number}`);
    const mode = MODES[number % MODES.length] as (typeof MODES)[number];
    await pushRound(world, chance, `${number}.1`);
    const pushing = pushRound(world, chance, `${number}.2`);
    services.loseAll('cut_off');
    await server.restart(mode);
    tally.add(`Postgres restarted: ${mode}`);
    await pushing;
    await comeToRest(world, () => false);
  },
};
