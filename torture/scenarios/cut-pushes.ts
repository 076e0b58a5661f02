import type { TcpProxy, Verdict } from '../../test/support/tcp-proxy.ts';
import type { Chance } from '../harness/chance.ts';
import { openService } from '../harness/open-service.ts';
import { pushRound } from '../harness/push-round.ts';
import type { Scenario } from '../harness/scenario.ts';
import type { Tally } from '../harness/tally.ts';

/** As a simple query and as a parsed one. */
const COMMIT = 'commit\0';
const PUSH = 'POST /sync/';

export const cutPushes: Scenario = {
  name: 'cut-pushes',
  promise:
    'An acknowledged change is in the log exactly once; one of unknown outcome, pushed again under its event id, is too.',
  attack:
    'Connections are reset between client and service and between service and Postgres, in the middle of a commit: before it arrives, or once it has and before its answer does.',
  rounds: { full: 3_000, smoke: 8 },
  injects: ['cut_before on commit', 'cut_after on commit', 'cut_before on push', 'cut_after on push'],

  prepare: openService,

  async round(world, number) {
    const { writers, back, front, tally } = world;
    const chance = world.chance(`round ${number}`);
    // The kinds take turns, so that a run of a few rounds has had each.
    const verdict = number % 2 === 0 ? 'cut_before' : 'cut_after';
    const [proxy, text, name] =
      number % 4 < 2 ? ([back.api, COMMIT, 'commit'] as const) : ([front, PUSH, 'push'] as const);
    cutAt(proxy, { text, name, verdict, nths: nthsOf(chance, writers.length), tally });
    await pushRound(world, chance, `${number}`);
    proxy.watch(null);
  },
};

interface Cut {
  text: string;
  name: string;
  verdict: Verdict;
  /** Which of those that bear the text. */
  nths: ReadonlySet<number>;
  tally: Tally;
}

function cutAt(proxy: TcpProxy, { text, name, verdict, nths, tally }: Cut): void {
  let seen = 0;
  proxy.watch((bytes) => {
    if (!bytes.includes(text, 0, 'latin1')) return 'forward';
    seen += 1;
    if (!nths.has(seen)) return 'forward';
    tally.add(`${verdict} on ${name}`);
    return verdict;
  });
}

function nthsOf(chance: Chance, writers: number): Set<number> {
  return new Set([1 + chance.below(writers), 1 + chance.below(writers)]);
}
