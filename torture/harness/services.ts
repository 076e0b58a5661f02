import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { SignJWT } from 'jose';
import type pg from 'pg';
import type { Milestone } from '../../src/reach-milestone.ts';
import { killProcess, MAIN, type ServiceProcess, startServiceProcess } from '../../test/support/service-process.ts';
import { breakProgram } from '../break-program.ts';
import type { Loss, Stop } from '../checker/evidence.ts';
import type { Tally } from './tally.ts';

/** `prompt_sent` is told by Node's own HTTP client, the others by the service. */
export type KillPoint = Milestone | 'prompt_sent';

/** At the n-th time that a point is reached, the process gets the signal, there and then. */
export interface Strike {
  at: KillPoint;
  nth: number;
  signal: 'SIGKILL' | 'SIGSTOP' | 'SIGTERM';
}

export interface Service {
  /** Names it in the model's books, too. */
  name: string;
  role: 'api' | 'runner';
  pid: number;
  url: string;
  /** Resolves when its strike has come; never, if it has none. */
  struck: Promise<void>;
  exited: Promise<unknown>;
  isAlive(): boolean;
  /** Alive, and not standing still. */
  isWorking(): boolean;
  /** kill -9; nothing if it is dead already. */
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
}

export interface Services {
  start(role: 'api' | 'runner', strike?: Strike): Promise<Service>;
  /** Those that work, of a role. */
  working(role: 'api' | 'runner'): Service[];
  losses: Loss[];
  /** Whatever the runners are at, they may lose. */
  loseAll(kind: Loss['kind']): void;
  stops: Stop[];
  /** For a control: those that are started from now on run a program with some of its text replaced. */
  breakProgram(replaced: Record<string, string>): Promise<void>;
  close(): Promise<void>;
}

/** A mission that a cap holds waits until midnight, and would count as stuck: abandoned calls are charged whole. */
const NO_CAPS = {
  LLM_DAILY_CALLS: '1000000',
  LLM_DAILY_TOKENS: '1000000000000',
  LLM_MISSION_DAILY_TOKENS: '1000000000000',
};
/** Missions that a runner plans at a time. */
export const CONCURRENCY = 2;
const SECRET = 'a secret of the torture, 32 bytes or more';
const STRIKER = new URL('strike-at-milestone.mjs', import.meta.url);

export interface ServicesOptions {
  admin: pg.Pool;
  modelUrl: string;
  tally: Tally;
  /** The database as processes of a role reach it. */
  databaseUrlOf(role: 'api' | 'runner'): string;
}

/** The service as it runs in production, as processes that may die. */
export function createServices({ admin, modelUrl, tally, databaseUrlOf }: ServicesOptions): Services {
  const services = new Set<Service>();
  const losses: Loss[] = [];
  const stops: Stop[] = [];
  let started = 0;
  let main = MAIN;

  async function start(role: 'api' | 'runner', strike?: Strike): Promise<Service> {
    started += 1;
    const name = `${role}-${started}`;
    const environment = {
      ROLE: role,
      DATABASE_URL: databaseUrlOf(role),
      DATABASE_POOL_SIZE: '6',
      ...(role === 'api'
        ? { AUTH_JWT_SECRET: SECRET, RATE_LIMIT_PER_MINUTE: '0' }
        : { LLM_BASE_URL: modelUrl, LLM_MODEL: 'scripted', LLM_API_KEY: name, ...NO_CAPS }),
      RUNNER_CONCURRENCY: String(CONCURRENCY),
      // It ends with the process that started it, whatever becomes of that.
      npm_lifecycle_event: 'torture',
      LOG_LEVEL: 'error',
    };
    const process = startServiceProcess(environment, commandOf(main, strike));
    const service = serviceOf(name, role, process, strike);
    services.add(service);
    // One that is struck while it starts is as good as started.
    const url = await Promise.race([process.ready, service.struck.then(() => '')]);
    return Object.assign(service, { url });
  }

  function serviceOf(
    name: string,
    role: Service['role'],
    { child, says, exited }: ServiceProcess,
    strike?: Strike,
  ): Service {
    const lost = (kind: Loss['kind']) => void (role === 'runner' && losses.push({ asker: name, kind }));
    const isAlive = () => child.exitCode === null && child.signalCode === null;
    let isPaused = false;
    let hasStruck = false;
    let stopping: Promise<void> | undefined;
    const ended = once(child, 'exit');
    async function recordStop(): Promise<void> {
      const [code] = (await ended) as [number | null];
      stops.push({ process: name, code, claimsLeft: await claimsOf(child.pid) });
    }
    /** Once, whoever asked. */
    function keepStop(): Promise<void> {
      stopping ??= recordStop();
      return stopping;
    }
    const struck = strike
      ? says(/^struck at /m).then(async () => {
          hasStruck = true;
          tally.add(`${strike.signal} at ${strike.at}`);
          lost(({ SIGKILL: 'killed', SIGSTOP: 'paused', SIGTERM: 'stopped' } as const)[strike.signal]);
          isPaused = strike.signal === 'SIGSTOP';
          if (strike.signal !== 'SIGSTOP') await ended;
          if (strike.signal === 'SIGTERM') await keepStop();
        })
      : new Promise<void>(() => {});
    struck.catch(() => {});
    return {
      name,
      role,
      pid: child.pid ?? 0,
      url: '',
      struck,
      exited,
      isAlive,
      isWorking: () => isAlive() && !isPaused,
      async kill() {
        if (!isAlive()) return;
        tally.add(`SIGKILL of ${role}`);
        lost('killed');
        await killProcess(child);
      },
      pause() {
        if (!isAlive()) return;
        tally.add(`SIGSTOP of ${role}`);
        lost('paused');
        isPaused = true;
        child.kill('SIGSTOP');
      },
      resume() {
        isPaused = false;
        child.kill('SIGCONT');
      },
      async stop() {
        if (!isAlive()) return;
        if (!hasStruck) tally.add(`SIGTERM of ${role}`);
        lost('stopped');
        child.kill(strike?.signal === 'SIGTERM' ? 'SIGUSR2' : 'SIGTERM');
        await keepStop();
      },
    };
  }

  async function claimsOf(pid: number | undefined): Promise<number> {
    const { rows } = await admin.query('select count(*)::int as claims from missions where runner like $1', [
      `%:${pid}:%`,
    ]);
    return rows[0]?.claims ?? 0;
  }

  return {
    start,
    working: (role) => [...services].filter((service) => service.role === role && service.isWorking()),
    losses,
    loseAll(kind) {
      for (const { name, role, isWorking } of services) {
        if (role === 'runner' && isWorking()) losses.push({ asker: name, kind });
      }
    },
    stops,
    async breakProgram(replaced) {
      main = [MAIN[0], await breakProgram(MAIN[1], replaced)];
    },
    async close() {
      for (const service of services) if (service.isAlive()) await service.kill();
      if (main !== MAIN) await rm(main[1]);
    },
  };
}

export async function tokenOf(user: string): Promise<string> {
  const key = new TextEncoder().encode(SECRET);
  return new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setSubject(user).setExpirationTime('24h').sign(key);
}

function commandOf([node, program]: typeof MAIN, strike?: Strike): [string, ...string[]] {
  if (!strike) return [node, program];
  const query = new URLSearchParams({ milestone: strike.at, nth: String(strike.nth), signal: strike.signal });
  return [node, '--import', `${STRIKER}?${query}`, program];
}
