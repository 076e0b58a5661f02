import type pg from 'pg';
import type { Database } from '../../src/database/database.ts';
import { SteppedSession } from './stepped-session.ts';

/** Operations of the product that meet. */
export interface Race<Prepared = unknown> {
  name: string;
  /** What there is before, for a user nobody else is. */
  prepare(world: RaceWorld, user: string): Promise<Prepared>;
  /** One operation for each session, of which every interleaving is run. */
  sessions: ((db: Database, user: string, prepared: Prepared) => Promise<unknown>)[];
  /** How the outcome breaks a law; null: it does not. */
  judge(world: RaceWorld, user: string, ended: Ended<Prepared>): Promise<string | null>;
}

export interface RaceWorld {
  db: Database;
  /** A superuser's connection to the same database. */
  admin: pg.Client;
  /** The service's login to it. */
  url: string;
}

export interface Ended<Prepared> {
  prepared: Prepared;
  outcomes: PromiseSettledResult<unknown>[];
}

export interface Interleaved {
  interleavings: number;
  statements: number;
  /** How often somebody else went on because a session waited for a lock. */
  waits: number;
}

/** An interleaving after which a law does not hold. */
export class RaceLost extends Error {
  constructor(race: string, broken: string, order: readonly number[]) {
    super(`${race}: ${broken}\nafter the statements of the sessions ${order.join(' ')}`);
    this.name = 'RaceLost';
  }
}

interface Choice {
  chosen: number;
  of: number;
}

/** Runs every order in which the statements of the sessions can come; throws `RaceLost` at the first that breaks a law. */
export async function interleave<Prepared>(race: Race<Prepared>, world: RaceWorld): Promise<Interleaved> {
  const sessions = await Promise.all(race.sessions.map(() => SteppedSession.open(world.url)));
  const counted: Interleaved = { interleavings: 0, statements: 0, waits: 0 };
  try {
    let choices: Choice[] = [];
    do {
      counted.interleavings += 1;
      const user = `${race.name} ${counted.interleavings}`;
      choices = await play(race, world, { sessions, user, choices, counted });
      while (choices.length > 0 && isLast(choices.at(-1) as Choice)) choices.pop();
      const next = choices.at(-1);
      if (next) next.chosen += 1;
    } while (choices.length > 0);
    return counted;
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

function isLast({ chosen, of }: Choice): boolean {
  return chosen === of - 1;
}

/** Plays the order that begins with these choices, and then always lets the first go that can; answers with all choices. */
async function play<Prepared>(
  race: Race<Prepared>,
  world: RaceWorld,
  given: { sessions: SteppedSession[]; user: string; choices: Choice[]; counted: Interleaved },
): Promise<Choice[]> {
  const { sessions, user, choices, counted } = given;
  const prepared = await race.prepare(world, user);
  for (const [n, session] of sessions.entries()) {
    await session.begin((db) => (race.sessions[n] as Race<Prepared>['sessions'][number])(db, user, prepared));
  }
  const taken: Choice[] = [];
  const order: number[] = [];
  for (;;) {
    const ready = sessions.filter(({ isReady }) => isReady);
    if (ready.length === 0) break;
    const chosen = choices[taken.length]?.chosen ?? 0;
    taken.push({ chosen, of: ready.length });
    const session = ready[chosen] as SteppedSession;
    order.push(sessions.indexOf(session));
    session.go();
    counted.statements += 1;
    await untilStill(world.admin, sessions, counted);
  }
  const outcomes = sessions.map(({ outcome }) => outcome);
  if (outcomes.some((outcome) => outcome === null))
    throw new RaceLost(race.name, 'sessions wait for each other', order);
  const ended = { prepared, outcomes: outcomes as PromiseSettledResult<unknown>[] };
  const broken = await race.judge(world, user, ended);
  if (broken !== null) throw new RaceLost(race.name, broken, order);
  return taken;
}

/** Until each statement on its way has ended or waits for a lock that another session has. */
async function untilStill(admin: pg.Client, sessions: SteppedSession[], counted: Interleaved): Promise<void> {
  for (let looks = 0; ; looks++) {
    // Who waits for a lock as long as nothing else happens will do so until another is let go.
    const running = sessions.filter(({ isRunning }) => isRunning);
    if (running.length === 0) return;
    await oneEndsOr(pauseBefore(looks), running);
    if (running.some(({ isRunning }) => !isRunning)) continue;
    const { rows } = await admin.query(BLOCKED, [running.map(({ pid }) => pid), sessions.map(({ pid }) => pid)]);
    if (looks > MOST_LOOKS) throw new Error('a statement neither ends nor waits for another session');
    if (rows.length < running.length || running.some(({ isRunning }) => !isRunning)) continue;
    counted.waits += 1;
    return;
  }
}

/**
 * Most statements end within a few milliseconds, by themselves: without a pause there were ten looks for each statement, with
 * one there is one. A pause decides nothing, it only has the locks looked at less often.
 */
function pauseBefore(looks: number): number {
  return looks < 5 ? 1 : 5;
}

async function oneEndsOr(pauseMs: number, running: readonly SteppedSession[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const paused = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, pauseMs);
  });
  await Promise.race([paused, ...running.map((session) => session.ended())]);
  clearTimeout(timer);
}

/** Far more than the slowest statement takes. */
const MOST_LOOKS = 20_000;

/** Of some connections those that wait for others of these. */
const BLOCKED = `select pid from unnest($1::int[]) pid where pg_blocking_pids(pid) && $2::int[]`;
