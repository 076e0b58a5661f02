/** What others wake by, in a process of its own: a job added by SQL in another process, to the task that is entered. */
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import PgBoss from 'pg-boss';
import { type ClockCalls, monotonic } from '../harness/monotonic.ts';
import { serveWorker } from '../harness/worker.ts';
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
let onEntered: (at: number) => void = () => {};
let stop = async () => {};

/** A listener and one worker; more workers, or a local queue, would only come into it where several jobs wait. */
async function startGraphile(): Promise<() => Promise<void>> {
  const taskList = { plan: async () => onEntered(monotonic()) };
  const runner = await run({ connectionString, logger, noHandleSignals: true, taskList });
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
    stop = await (peer === 'graphile-worker' ? startGraphile() : startBoss());
  },
  stop: () => stop(),
  next() {
    return new Promise((resolve) => {
      onEntered = resolve;
    });
  },
});
