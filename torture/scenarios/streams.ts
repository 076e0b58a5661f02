import { pushRound } from '../harness/push-round.ts';
import type { Scenario } from '../harness/scenario.ts';

const STREAMS_OF_EACH = 2;

export const streams: Scenario = {
  name: 'streams',
  promise:
    'A stream goes on where it broke off: each change once and in order, whoever ends the connection, and however often.',
  attack:
    'Streams are broken off by their clients and by the network while people write; each comes back with the last cursor that it was handed.',
  rounds: { full: 1_000, smoke: 6 },
  injects: ['reconnects', 'connections of clients reset'],

  async prepare(world) {
    await world.startApi();
    for (const user of world.users) {
      await world.addWriter(user);
      await world.addFollower(user, 'pull');
      for (let n = 0; n < STREAMS_OF_EACH; n++) await world.addFollower(user, 'stream');
    }
  },

  async round(world, number) {
    const { followers, front, tally } = world;
    const chance = world.chance(`round ${number}`);
    const leaving = followers.filter(() => chance.percent(60));
    const pushing = pushRound(world, chance, `${number}.1`);
    for (const follower of leaving) follower.reconnect();
    tally.add('reconnects', leaving.length);
    await pushing;
    if (number % 3 === 0) {
      front.cut();
      tally.add('connections of clients reset');
    }
    await pushRound(world, chance, `${number}.2`);
  },
};
