/** What others wake by, in a process of its own: a job added by SQL in another process, to the task that is entered. */
import { Logger, makeWorkerUtils, run, type Task } from 'graphile-worker';
import PgBoss from 'pg-boss';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { type ClockCalls, monotonic } from '../harness/monotonic.ts';
import { serveWorker } from '../harness/worker.ts';
import { type MissionName, readMission } from './read-mission.ts';
import type { Peer } from './wake-writer.ts';

export interface WakePeersCalls extends ClockCalls {
  /** Makes the tables of both. */
  install(): Promise<void>;
  start(peer: Peer): Promise<void>;
  stop(): Promise<void>;
  /** When the next task was entered, in microseconds. */
  next(): Promise<number>;
}

const connectionString = process.argv[2]!;
const logger = new Logger(() => () => {});
/** What the task reads with: prepared, its transaction in one round trip, as the service's own statements go. */
const db = openPostgres({ connectionString, poolSize: 2, onError: (error) => process.emitWarning(error) });
let onEntered: (at: number) => void = () => {};
let stop = async () => {};

/** A listener and one worker; more workers, or a local queue, would only come into it where several jobs wait. */
async function startGraphile(isReading: boolean): Promise<() => Promise<void>> {
  const plan: Task = async (payload) => {
    if (isReading) await readMission(db, payload as MissionName);
    onEntered(monotonic());
  };
  const runner = await run({ connectionString, logger, noHandleSignals: true, taskList: { plan } });
  return () => runner.stop();
}

/** This version is told of nothing that another process adds: it looks every half second, the least that it allows. */
async function startBoss(): Promise<() => Promise<void>> {
  const boss = new PgBoss({ connectionString, supervise: false, schedule: false });
  await boss.start();
  await boss.work('plan', { pollingIntervalSeconds: 0.5 }, async () => onEntered(monotonic()));
  return () => boss.stop({ graceful: true, wait: true });
}

serveWorker<WakePeersCalls>({
  readClock: monotonic,
  async install() {
    const utils = await makeWorkerUtils({ connectionString, logger });
    await utils.migrate();
    await utils.release();
    const boss = new PgBoss({ connectionString, supervise: false, schedule: false });
    await boss.start();
    await boss.createQueue('plan');
    await boss.stop({ graceful: true, wait: true });
  },
  async start(peer) {
    stop = await (peer === 'pg-boss' ? startBoss() : startGraphile(peer === 'graphile-worker, reading'));
  },
  stop: () => stop(),
  next() {
    return new Promise((resolve) => {
      onEntered = resolve;
    });
  },
});
