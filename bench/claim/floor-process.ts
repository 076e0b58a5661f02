/** The floor: a queue that does nothing but claim rows and delete them, in batches. */
import pg from 'pg';
import { monotonic } from '../harness/monotonic.ts';
import { serveWorker } from '../harness/worker.ts';

export interface FloorCalls {
  /** Empties a table of so many jobs; jobs per second. */
  empty(jobs: number): Promise<number>;
}

const BATCH = 50;
const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
await client.query(
  'create table bench_jobs (id bigint primary key, payload jsonb, runner text, claimed_at timestamptz)',
);

serveWorker<FloorCalls>({
  async empty(jobs) {
    await client.query(`insert into bench_jobs select n, '{}' from generate_series(1, $1::int) n`, [jobs]);
    await client.query('vacuum analyze bench_jobs');
    const from = monotonic();
    for (;;) {
      const { rows } = await client.query<{ id: string }>({
        name: 'claim',
        text: `update bench_jobs set runner = 'bench', claimed_at = clock_timestamp()
               where id in (select id from bench_jobs where runner is null order by id limit $1 for update skip locked)
               returning id`,
        values: [BATCH],
      });
      if (rows.length === 0) break;
      const ids = rows.map(({ id }) => id);
      await client.query({
        name: 'delete',
        text: 'delete from bench_jobs where id = any ($1::bigint[])',
        values: [ids],
      });
    }
    return (jobs / (monotonic() - from)) * 1e6;
  },
});
