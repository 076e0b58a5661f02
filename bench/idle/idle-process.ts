/** A process that waits for work: the floor, which has none, or a peer whose jobs are all in the future. */
import { Logger, run } from 'graphile-worker';
import pg from 'pg';
import PgBoss from 'pg-boss';
import { serveWorker } from '../harness/worker.ts';

export type Waiting = 'floor' | 'graphile-worker' | 'pg-boss';

export interface IdleCalls {
  /** Begins to wait, with so many jobs that are due tomorrow. */
  start(what: { waiting: Waiting; url: string; jobs: number }): Promise<void>;
  /** Milliseconds of a core that the process has taken. */
  cpu(): number;
}

const TOMORROW = `now() + interval '1 day'`;

// It would write into the report.
const SILENT = new Logger(() => () => {});

const begin: Record<Waiting, (client: pg.Client, url: string, jobs: number) => Promise<unknown>> = {
  async floor(client) {
    await client.query('listen nothing');
  },
  async 'graphile-worker'(client, url, jobs) {
    await run({ connectionString: url, noHandleSignals: true, logger: SILENT, taskList: { job: async () => {} } });
    await client.query(`select graphile_worker.add_job('job', run_at := ${TOMORROW}) from generate_series(1, ${jobs})`);
    await client.end();
  },
  async 'pg-boss'(client, url, jobs) {
    const boss = new PgBoss(url);
    boss.on('error', (error) => console.error(error));
    await boss.start();
    await boss.createQueue('job');
    await client.query(
      `insert into pgboss.job (name, start_after) select 'job', ${TOMORROW} from generate_series(1, ${jobs})`,
    );
    await client.end();
    await boss.work('job', async () => {});
  },
};

serveWorker<IdleCalls>({
  async start({ waiting, url, jobs }) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await begin[waiting](client, url, jobs);
  },
  cpu() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
});
