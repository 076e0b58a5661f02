/** Commits of somebody else in the same database, which notify nobody. */
import pg from 'pg';
import { serveWorker } from '../harness/worker.ts';

export interface BesideCalls {
  /** Commits so often a second, or as often as the server manages, until `end`. */
  begin(rate: number): Promise<void>;
  end(): Promise<void>;
}

const CLIENTS = 4;
const pool = new pg.Pool({ connectionString: process.argv[2], max: CLIENTS });
await pool.query('create table if not exists bench_beside (id bigint generated always as identity, note text)');
let isOver = true;
let writers: Promise<void>[] = [];

serveWorker<BesideCalls>({
  async begin(rate) {
    isOver = rate === 0;
    writers = isOver ? [] : Array.from({ length: CLIENTS }, () => write(CLIENTS / rate));
  },
  async end() {
    isOver = true;
    await Promise.all(writers);
  },
});

async function write(seconds: number): Promise<void> {
  let next = performance.now() + Math.random() * seconds * 1000;
  while (!isOver) {
    const wait = next - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    next = Math.max(next + seconds * 1000, performance.now() - 100);
    await pool.query({
      name: 'write',
      text: 'insert into bench_beside (note) values ($1)',
      values: ['a commit beside'],
    });
  }
}
