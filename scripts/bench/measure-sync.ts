import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { openBareLog } from './append-floor.ts';
import { type BenchService, startBenchService } from './bench-service.ts';
import { type Comparison, compare } from './compare.ts';
import { execute } from './execute.ts';
import { type AppendOptions, measureAppend } from './measure-append.ts';
import { measureCommits } from './measure-commits.ts';
import { measurePull } from './measure-pull.ts';
import { measureStreams } from './measure-streams.ts';
import type { PusherCalls, Write } from './pusher-process.ts';
import type { ReaderCalls } from './reader-process.ts';
import type { StreamFloorCalls } from './stream-floor.ts';
import { startWorker } from './worker.ts';

export interface SyncOptions {
  url: string;
  rounds: number;
  onProgress(line: string): void;
}

export interface SyncMeasures {
  rounds: number;
  comparisons: Comparison[];
  /** What an open stream occupies in the process of the service. */
  bytesPerStream: number;
}

const APPENDS: AppendOptions[] = [
  { batch: 100, records: 100, changes: 3_000 },
  { batch: 1_000, records: 1_000, changes: 5_000, aim: 0.5 },
  { batch: 1_000, records: 100, changes: 5_000 },
];
const WRITES: Write[] = ['push', 'append'];
const CONCURRENT = [1, 8, 32];
const WITHOUT_NOTIFY = 0.9;
const PUSHER_PROCESSES = 2;

/** Measures what sync takes, each part against the least that does the same work. */
export async function measureSync({ url, rounds, onProgress }: SyncOptions): Promise<SyncMeasures> {
  const service = await startBenchService(url);
  const run = { rounds, onProgress };
  try {
    const appends = await compareAppends(url, service, run);
    const commits = await compareCommits(url, run);
    const { bytesPerStream, streams } = await compareStreams(url, service, run);
    return { rounds, comparisons: [...appends, ...commits, streams], bytesPerStream };
  } finally {
    await service.stop();
  }
}

type Run = Pick<SyncOptions, 'rounds' | 'onProgress'>;

/** Append and pull: one client. */
async function compareAppends(url: string, service: BenchService, run: Run): Promise<Comparison[]> {
  // As the service has it: what is appended is told after the commit, here to nobody.
  const db = openPostgres({ connectionString: url, poolSize: 2, onAppended: () => {}, onError: () => {} });
  const bareLog = await openBareLog(url);
  try {
    const comparisons: Comparison[] = [];
    for (const options of APPENDS) {
      comparisons.push(await compare(measureAppend({ db, bareLog, service }, options), run));
    }
    const pull = await measurePull({ url, db, service });
    await execute(url, ['vacuum analyze sync_changes']);
    return [...comparisons, await compare(pull, run)];
  } finally {
    await Promise.all([db.close(), bareLog.close()]);
  }
}

async function compareCommits(url: string, run: Run): Promise<Comparison[]> {
  const perProcess = String(Math.max(...CONCURRENT) / PUSHER_PROCESSES);
  const workers = Array.from({ length: PUSHER_PROCESSES }, () =>
    startWorker<PusherCalls>('pusher-process.ts', [url, perProcess]),
  );
  try {
    const comparisons: Comparison[] = [];
    for (const write of WRITES) {
      for (const concurrent of CONCURRENT) {
        comparisons.push(await compare(measureCommits(workers, { write, concurrent, aim: WITHOUT_NOTIFY }), run));
      }
    }
    return comparisons;
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

async function compareStreams(url: string, service: BenchService, run: Run) {
  const floor = startWorker<StreamFloorCalls>('stream-floor.ts', []);
  const readers = startWorker<ReaderCalls>('reader-process.ts', []);
  try {
    run.onProgress('opening streams');
    const measured = await measureStreams({ databaseUrl: url, service, floorUrl: await floor.call('url'), readers });
    return { bytesPerStream: measured.bytesPerStream, streams: await compare(measured, run) };
  } finally {
    await Promise.all([readers.stop(), floor.stop()]);
  }
}
