/** The floors: a process that does nothing but LISTEN, or LISTEN and one durable claim. */
import pg from 'pg';
import { type ClockCalls, monotonic } from '../harness/monotonic.ts';
import { serveWorker } from '../harness/worker.ts';

export interface WakeFloorCalls extends ClockCalls {
  listen(kind: 'notify' | 'claim'): Promise<void>;
  unlisten(): Promise<void>;
  /** When the next notification was received, or, with `claim`, a row was then claimed; in microseconds. */
  next(): Promise<number>;
}

const url = process.argv[2];
const listening = new pg.Client({ connectionString: url });
const claiming = new pg.Client({ connectionString: url });
await listening.connect();
await claiming.connect();
let onNotify: () => void = () => {};
let settle: (at: number) => void = () => {};
let fail: (error: Error) => void = () => {};
listening.on('notification', () => onNotify());

serveWorker<WakeFloorCalls>({
  readClock: monotonic,
  async listen(kind) {
    onNotify = kind === 'claim' ? () => void claim().then(settle, fail) : () => settle(monotonic());
    await listening.query('listen mission_wake');
  },
  async unlisten() {
    await listening.query('unlisten mission_wake');
  },
  next() {
    return new Promise((resolve, reject) => {
      settle = resolve;
      fail = reject;
    });
  },
});

/** One statement, prepared, in a transaction of its own: the least that a queue does so that a job is its own. */
async function claim(): Promise<number> {
  const { rowCount } = await claiming.query({
    name: 'claim',
    text: `update bench_jobs set claims = claims + 1, claimed_at = clock_timestamp()
           where id = (select id from bench_jobs order by id limit 1 for update skip locked) returning *`,
  });
  const at = monotonic();
  if (rowCount !== 1) throw new Error('there was no job to claim');
  return at;
}
