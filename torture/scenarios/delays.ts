import type { TcpProxy } from '../../test/support/tcp-proxy.ts';
import { until } from '../../test/support/until.ts';
import { openService } from '../harness/open-service.ts';
import { pushEdits } from '../harness/push-edits.ts';
import { pushRound } from '../harness/push-round.ts';
import { comeToRest } from '../harness/rest.ts';
import type { Scenario } from '../harness/scenario.ts';
import type { World } from '../harness/world.ts';

const WAYS: Record<string, (world: World) => TcpProxy> = {
  'clients and API': ({ front }) => front,
  'API and Postgres': ({ back }) => back.api,
  'runner and Postgres': ({ back }) => back.runner,
  'runner and model': ({ beyond }) => beyond,
};

const KINDS = ['delayed', 'dripping', 'half-open, the server not told', 'half-open, the client not told'] as const;
const PLAYS = KINDS.flatMap((kind) => Object.keys(WAYS).map((way) => ({ kind, way })));
/** Coprime to their number, so that neighbours differ in both, and a short run has had each kind. */
const STRIDE = 5;

const LONGEST_DELAY_MS = 40;
const MOST_PIECES = 64;
/** Long enough for somebody to speak into the void; how long it is matters to nothing that is checked. */
const HALF_OPEN_MS = 300;

export const delays: Scenario = {
  name: 'delays',
  promise:
    'A network that is slow, that hands on everything in small pieces, or that has forgotten a connection on one side only costs time and nothing else.',
  attack:
    'Between clients and API, API and Postgres, runner and Postgres, runner and model: what travels is delayed or dripped, or every connection is ended for one side and not for the other, while people write and missions are planned.',
  rounds: { full: 64, smoke: 8 },
  injects: KINDS,

  prepare: openService,

  async round(world, number) {
    const chance = world.chance(`round ${number}`);
    const { kind, way } = PLAYS[(number * STRIDE) % PLAYS.length] as (typeof PLAYS)[number];
    const proxy = WAYS[way]?.(world) as TcpProxy;
    const work = async () => {
      await pushRound(world, chance, `${number}.1`);
      // Each is planned, so that there is something between runner and model.
      await pushEdits(world, chance, `${number}.2`, 1);
      await comeToRest(world, () => false);
    };
    if (kind === 'delayed') proxy.delay(1 + chance.below(LONGEST_DELAY_MS));
    else if (kind === 'dripping') proxy.drip(2 + chance.below(MOST_PIECES - 1));
    else world.services.loseAll('cut_off');
    const nth = 1 + chance.below(8);
    const working = work();
    const kept = kind === 'half-open, the client not told' ? 'client' : 'server';
    const isPace = kind === 'delayed' || kind === 'dripping';
    const forgotten = isPace ? undefined : await halfOpen(proxy, { kept, nth, working });
    if (isPace) await working;
    await proxy.resume();
    // Where there was no connection, none was forgotten.
    if (forgotten?.connections !== 0) world.tally.add(`${kind}: ${way}`);
    if (forgotten) world.tally.add('swallowed by half-open connections', forgotten.swallowed);
    await working;
  },
};

interface HalfOpening {
  kept: 'client' | 'server';
  /** At which of the messages that clients send from now on. */
  nth: number;
  working: Promise<void>;
}

/** In the midst of what travels, and then the network tells the other side, too: no time-out is waited for. */
async function halfOpen(
  proxy: TcpProxy,
  { kept, nth, working }: HalfOpening,
): Promise<{ connections: number; swallowed: number }> {
  let seen = 0;
  const reached = new Promise<void>((resolve) => {
    proxy.watch(() => {
      seen += 1;
      if (seen === nth) setImmediate(resolve);
      return 'forward';
    });
  });
  await Promise.race([reached, working]);
  proxy.watch(null);
  const before = proxy.swallowed();
  const connections = proxy.halfOpen(kept);
  const end = Date.now() + HALF_OPEN_MS;
  await until(() => proxy.swallowed() > before || Date.now() > end);
  return { connections, swallowed: proxy.swallowed() - before };
}
