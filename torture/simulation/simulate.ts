import { type Draws, drawsOf } from './draws.ts';

/** What happens, in this order, in a world that is otherwise as `setup` says. */
export interface History<Setup, Event> {
  setup: Setup;
  events: Event[];
}

export type Counted = Record<string, number>;

/** Something that must hold in every history. */
export interface Law<Setup, Event> {
  name: string;
  draw(draws: Draws): History<Setup, Event>;
  /** How the history breaks the law; null: it holds. The same history gets the same answer. `count`: what was met on the way. */
  judge(history: History<Setup, Event>, count: (what: string) => void): Verdict | Promise<Verdict>;
}
export type Verdict = string | null;

/** A history that breaks a law, as short as it could be made. */
export class LawBroken extends Error {
  /** Of this history alone: it is the first one of a run with this seed. */
  readonly seed: number;
  /** How many histories it took. */
  readonly histories: number;
  readonly history: History<unknown, unknown>;

  constructor(
    law: string,
    broken: string,
    found: { seed: number; histories: number; history: History<unknown, unknown> },
  ) {
    super(
      `${law}: ${broken}\nseed ${found.seed}, in history ${found.histories}: ${JSON.stringify(found.history, null, 1)}`,
    );
    this.name = 'LawBroken';
    this.seed = found.seed;
    this.histories = found.histories;
    this.history = found.history;
  }
}

/** Judges so many histories, one for each seed from `seed` on; throws `LawBroken` at the first that breaks the law. */
export async function simulate<Setup, Event>(law: Law<Setup, Event>, seed: number, count: number): Promise<Counted> {
  const counted = new Map<string, number>();
  const tally = (what: string) => void counted.set(what, (counted.get(what) ?? 0) + 1);
  for (let n = 0; n < count; n++) {
    const history = law.draw(drawsOf(seed + n));
    if ((await verdictOn(law, history, tally)) === null) continue;
    const shrunk = await shrink(law, history);
    const broken = (await verdictOn(law, shrunk)) as string;
    throw new LawBroken(law.name, broken, { seed: seed + n, histories: n + 1, history: shrunk });
  }
  return { histories: count, ...Object.fromEntries([...counted].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

async function verdictOn<Setup, Event>(
  law: Law<Setup, Event>,
  history: History<Setup, Event>,
  count: (what: string) => void = () => {},
): Promise<Verdict> {
  try {
    const verdict = law.judge(history, count);
    // To await what is there already takes as long as a whole small history.
    return verdict instanceof Promise ? await verdict : verdict;
  } catch (error) {
    return (error as Error).stack ?? String(error);
  }
}

/** Leaves out events, many and then few at a time, for as long as what is left still breaks the law. */
async function shrink<Setup, Event>(
  law: Law<Setup, Event>,
  history: History<Setup, Event>,
): Promise<History<Setup, Event>> {
  let { events } = history;
  for (let size = Math.ceil(events.length / 2); size >= 1; ) {
    let isShorter = false;
    for (let start = 0; start < events.length; ) {
      const without = [...events.slice(0, start), ...events.slice(start + size)];
      if ((await verdictOn(law, { ...history, events: without })) === null) start += size;
      else {
        events = without;
        isShorter = true;
      }
    }
    if (size > 1) size = Math.floor(size / 2);
    else if (!isShorter) break;
  }
  return { ...history, events };
}
