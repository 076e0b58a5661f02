/** graphile-worker with a task that does nothing, at the settings by which worker.graphile.org/docs/performance measures. */
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import { monotonic } from '../harness/monotonic.ts';
import { serveWorker } from '../harness/worker.ts';

export interface GraphileCalls {
  /** Adds so many jobs, and then runs them; jobs per second. */
  runJobs(jobs: number): Promise<number>;
}

const connectionString = process.argv[2]!;
const logger = new Logger(() => () => {});
const preset = {
  worker: {
    connectionString,
    concurrentJobs: 24,
    maxPoolSize: 25,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
    logger,
  },
};
const utils = await makeWorkerUtils({ connectionString, logger });
await utils.migrate();
await utils.release();

serveWorker<GraphileCalls>({
  async runJobs(jobs) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    await client.query(
      `select graphile_worker.add_jobs(array(
         select ('nothing', '{}', null, null, null, null, null, null)::graphile_worker.job_spec from generate_series(1, $1::int)))`,
      [jobs],
    );
    await client.query('vacuum analyze');
    await client.end();
    let done = 0;
    let end = () => {};
    const isOver = new Promise<void>((resolve) => {
      end = resolve;
    });
    const nothing = async () => {
      done += 1;
      if (done === jobs) end();
    };
    const from = monotonic();
    const runner = await run({ preset, taskList: { nothing } });
    await isOver;
    const seconds = (monotonic() - from) / 1e6;
    await runner.stop();
    return jobs / seconds;
  },
});
