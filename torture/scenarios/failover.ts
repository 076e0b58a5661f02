import { ask, synchronise } from '../../test/operations/cluster.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { until } from '../../test/support/until.ts';
import type { Chance } from '../harness/chance.ts';
import { openService } from '../harness/open-service.ts';
import { pushRound } from '../harness/push-round.ts';
import { comeToRest } from '../harness/rest.ts';
import type { Scenario } from '../harness/scenario.ts';
import { CONCURRENCY } from '../harness/services.ts';
import { haveCaughtUp } from '../harness/settle.ts';
import { type Cluster, startCluster } from '../harness/start-cluster.ts';
import type { World } from '../harness/world.ts';

export const failover: Scenario<Cluster> = {
  name: 'failover',
  promise:
    'Service and clients follow a promoted standby by themselves. With a synchronous standby nothing acknowledged is lost; with an asynchronous one what it had received is there, and every client learns that the log is another one: nothing is skipped in silence.',
  attack:
    'kill -9 of the primary while people write (synchronous), or after writes that its standby was kept from receiving (asynchronous); the standby is promoted, and the next round takes its primary from there.',
  rounds: { full: 20, smoke: 2 },
  injects: ['failovers, synchronous', 'failovers, asynchronous'],
  shows: ['cursors refused', 'changes acknowledged and lost'],

  startServer: startCluster,

  prepare: openService,

  async round(world, number) {
    const { server, services, followers, tally } = world;
    const chance = world.chance(`round ${number}`);
    const refused = () => followers.reduce((sum, { followed }) => sum + followed.refusals.length, 0);
    const before = refused();
    services.loseAll('cut_off');
    const standby = await server.addStandby();
    await pushRound(world, chance, `${number}.1`);
    await comeToRest(world, () => false);
    await comesOrNot(() => haveCaughtUp(world));
    // At first an asynchronous one, so that a run of one round has something to lose.
    const isSynchronous = number % 2 === 0;
    if (isSynchronous) await failOverWhileWriting(world, chance, number);
    else await failOverAndLose(world, standby, chance, number);
    world.failovers += 1;
    tally.add(`failovers, ${isSynchronous ? 'synchronous' : 'asynchronous'}`);
    await pushRound(world, chance, `${number}.5`);
    await comeToRest(world, () => false);
    await comesOrNot(() => followers.every(({ followed }) => followed.refusals.length >= world.failovers));
    tally.add('cursors refused', refused() - before);
  },
};

async function failOverWhileWriting(world: World<Cluster>, chance: Chance, number: number): Promise<void> {
  const { server, services } = world;
  await synchronise(server.primary());
  let strike = () => {};
  const struck = new Promise<void>((resolve) => {
    strike = resolve;
  });
  server.atCommit(1 + chance.below(6), strike);
  const pushing = Promise.all(['2', '3', '4'].map((part) => pushRound(world, chance, `${number}.${part}`)));
  await Promise.race([struck, pushing]);
  services.loseAll('cut_off');
  await server.kill9();
  await server.failOver();
  await pushing;
}

/** Acknowledged, and known to the primary alone: that is what an asynchronous standby may cost. */
async function failOverAndLose(
  world: World<Cluster>,
  standby: PostgresServer,
  chance: Chance,
  number: number,
): Promise<void> {
  const { server, services, model, tally } = world;
  await server.hasAll();
  const received = await eventsOf(world, standby);
  await standby.kill9();
  const callsBefore = model.calls.length;
  await pushRound(world, chance, `${number}.2`);
  // It is asked as often as there is time for, so it draws from a chance of its own.
  const moment = world.chance(`moment of the kill, ${number}`);
  await comeToRest(world, () => moment.percent(50));
  services.loseAll('cut_off');
  await server.kill9();
  // Whatever was asked of the model since then is in the books of the dead.
  for (let lost = model.calls.length - callsBefore; lost > 0; lost -= CONCURRENCY) services.loseAll('failed_over');
  // Not promoted yet, it takes no writes: what it lacks now is lost, and was acknowledged before.
  await standby.restart('kill9');
  const kept = new Set([...received, ...(await eventsOf(world, standby))]);
  const lost = world.writers
    .flatMap(({ told }) => told)
    .filter(
      ({ eventId, told }) => told.includes('acknowledged') && !kept.has(eventId) && !world.abandoned.has(eventId),
    );
  for (const { eventId } of lost) world.abandoned.add(eventId);
  await server.failOver();
  tally.add('changes acknowledged and lost', lost.length);
}

/** Every follower has a cursor, or has shown it: whether that came is for the laws to say. */
async function comesOrNot(look: () => boolean | Promise<boolean>): Promise<void> {
  await until(look).catch(() => {});
}

async function eventsOf({ admin }: World, server: PostgresServer): Promise<string[]> {
  const database = admin.options.connectionString?.split('/').at(-1);
  return (await ask<{ id: string }>(server, 'select id from sync_changes', database)).map(({ id }) => id);
}
