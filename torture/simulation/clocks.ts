import {
  correct,
  type HybridClock,
  latestAllowed,
  NEW_CLOCK,
  observe,
  tick,
} from '../../src/core/sync/hybrid-clock.ts';
import { divideAtLatest } from '../../src/web/replica/divide-at-latest.ts';
import { type Counted, type Law, simulate } from './simulate.ts';

/** What is simulated; a control brings one that is broken. */
export interface ClockBuild {
  tick: typeof tick;
  observe: typeof observe;
  /** The greatest stamp that the log takes at a time of its clock. */
  latestAllowed: typeof latestAllowed;
}

export const CLOCKS: ClockBuild = { tick, observe, latestAllowed };

/**
 * Devices whose clocks are wrong by up to a hundred years, and jump, write one field. Whoever has seen a write and then makes
 * one wins over it; a device that is ahead cannot win against what an honest one writes more than a minute after it.
 */
export function simulateClocks(seed: number, count: number, build = CLOCKS): Promise<Counted> {
  return simulate(clockLaw(build), seed, count);
}

type Event =
  | { kind: 'write' | 'push' | 'pull' | 'reopen'; device: number }
  /** The device's clock is set. */
  | { kind: 'jump'; device: number; skewMs: number }
  | { kind: 'pass'; ms: number };

const HONEST = 0;
const DEVICES = 3;
const YEARS = 100 * 365.25 * 86_400_000;
const SKEWS = [0, 1, -1, 50_000, 59_999, 60_001, -60_001, 3_600_000, -3_600_000, YEARS, -YEARS];
const PASSES = [0, 1, 5, 1_000, 59_999, 60_001, 86_400_000];
const TRIES = 5;
const START = Date.UTC(2025, 2, 1);

function clockLaw(build: ClockBuild): Law<{ skews: number[] }, Event> {
  return {
    name: 'clocks',
    draw: (draws) => ({
      setup: { skews: [0, draws.pick(SKEWS), draws.pick(SKEWS)] },
      events: Array.from({ length: 4 + draws.below(16) }, (): Event => {
        const device = draws.below(DEVICES);
        if (draws.percent(20)) return { kind: 'pass', ms: draws.pick(PASSES) };
        if (draws.percent(8) && device !== HONEST) return { kind: 'jump', device, skewMs: draws.pick(SKEWS) };
        return { kind: draws.pick(['write', 'write', 'push', 'push', 'pull', 'reopen']), device };
      }),
    }),
    judge({ setup, events }, count) {
      const world = newWorld(build, setup.skews);
      for (const event of [...events, ...FINISH]) {
        const broken = world.happen(event, count);
        if (broken !== null) return broken;
      }
      return null;
    },
  };
}

const FINISH: Event[] = Array.from({ length: DEVICES }, (_, device) => ({ kind: 'push', device }));

interface Write {
  stamp: string;
  /** When it was made, in true time. */
  madeAt: number;
  /** What its device had seen of the log by then, and how many writes of its own it had made. */
  saw: number;
  nth: number;
}

type Accepted = Write & { device: number; acceptedAt: number; position: number };

function newWorld(build: ClockBuild, skews: readonly number[]) {
  const log: Accepted[] = [];
  const devices = skews.map((skewMs) => ({
    skewMs,
    clock: NEW_CLOCK as HybridClock,
    cursor: 0,
    made: 0,
    /** Not sent yet, and sent but not come back. */
    waiting: [] as Write[],
    acknowledged: [] as Write[],
  }));
  let now = START;

  function happen(event: Event, count: (what: string) => void): string | null {
    if (event.kind === 'pass') {
      now += event.ms;
      return null;
    }
    const device = devices[event.device] as (typeof devices)[number];
    if (event.kind === 'jump') device.skewMs = event.skewMs;
    else if (event.kind === 'reopen') device.clock = { ...device.clock, aheadMs: 0 };
    else if (event.kind === 'write') {
      device.waiting.push({ stamp: stampOn(device), madeAt: now, saw: device.cursor, nth: device.made++ });
    } else if (event.kind === 'pull') {
      device.clock = build.observe(
        device.clock,
        log.slice(device.cursor).map(({ stamp }) => stamp),
      );
      device.cursor = log.length;
      device.acknowledged = [];
    } else return push(event.device, count);
    return null;
  }

  function stampOn(device: (typeof devices)[number]): string {
    const { clock, stamp } = build.tick(device.clock, now + device.skewMs);
    device.clock = clock;
    return stamp;
  }

  function push(of: number, count: (what: string) => void): string | null {
    const device = devices[of] as (typeof devices)[number];
    for (let tries = 0; device.waiting.some(({ stamp }) => stamp > latestNow()); tries++) {
      // Of a minute ahead the next stamp is beyond it, until a moment later.
      if (tries === TRIES) return 'a push is stamped anew and refused for ever';
      count('pushes refused for their time');
      stampAnew(device);
      now += 1;
    }
    for (const write of device.waiting) {
      const accepted = { ...write, device: of, acceptedAt: now, position: log.length + 1 };
      const broken = whyUnfair(accepted);
      if (broken !== null) return broken;
      log.push(accepted);
      count('writes');
    }
    device.acknowledged.push(...device.waiting.splice(0));
    return null;
  }

  /** As handle-refusal.ts does. */
  function stampAnew(device: (typeof devices)[number]): void {
    const rows = [...device.acknowledged, ...device.waiting];
    const { early, kept } = divideAtLatest(rows, latestNow(), (row) => ({
      times: [row.stamp],
      isInTheLog: device.acknowledged.includes(row),
    }));
    const serverTime = new Date(now).toISOString();
    device.clock = correct(device.clock, { serverTime, nowMs: now + device.skewMs, kept });
    const stamp = stampOn(device);
    for (const row of early) row.stamp = stamp;
  }

  function latestNow(): string {
    return build.latestAllowed(new Date(now).toISOString());
  }

  function whyUnfair(write: Accepted): string | null {
    if (write.stamp > latestAllowed(new Date(now).toISOString()))
      return `${write.stamp} is taken at ${new Date(now).toISOString()}`;
    for (const other of log) {
      const follows = other.position <= write.saw || (other.device === write.device && other.nth < write.nth);
      const isLate = write.device === HONEST && write.madeAt > other.acceptedAt + 60_000;
      if ((follows || isLate) && !wins(write, other)) {
        return `${JSON.stringify(write)} was made ${follows ? 'upon' : 'a minute after'} ${JSON.stringify(other)}, and loses`;
      }
    }
    return null;
  }

  return { happen };
}

function wins(a: Accepted, b: Accepted): boolean {
  if (a.stamp !== b.stamp) return a.stamp > b.stamp;
  return a.device !== b.device ? a.device > b.device : a.position > b.position;
}
