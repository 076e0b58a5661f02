import type { Bench } from '../harness/bench.ts';
import type { Comparison } from '../harness/compare.ts';
import { startWorker } from '../harness/worker.ts';
import { measureCommits } from './measure-commits.ts';
import type { PusherCalls, Write } from './pusher-process.ts';

const WRITES: Write[] = ['push', 'append'];
const CONCURRENT = [1, 8, 32, 64];
const WITHOUT_NOTIFY = 0.9;
const PROCESSES = 2;

export const contention: Bench = {
  name: 'contention',
  title: 'Contention: many users who write at the same time',
  about: new URL('./about.md', import.meta.url),
  packages: ['pg', 'pg-listen'],
  rounds: 9,
  async measure({ server, compare, sized }) {
    const { url } = await server();
    const module = new URL('./pusher-process.ts', import.meta.url);
    const poolSize = String(Math.max(...CONCURRENT) / PROCESSES);
    const workers = Array.from({ length: PROCESSES }, () => startWorker<PusherCalls>(module, [url, poolSize]));
    try {
      const comparisons: Comparison[] = [];
      for (const write of WRITES) {
        for (const concurrent of sized(CONCURRENT, [2])) {
          const order = { write, concurrent, milliseconds: sized(600, 30), atLeast: WITHOUT_NOTIFY };
          comparisons.push(await compare(measureCommits(workers, order)));
        }
      }
      return { comparisons };
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
    }
  },
};
