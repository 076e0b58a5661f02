import { checkClock } from './monotonic.ts';
import { median, quantile, type Ratio, ratioOf, shuffled } from './statistics.ts';
import type { FloorCalls } from './wake-floor.ts';
import type { Begun, ServiceCalls } from './wake-service.ts';
import { createWorld, editAll, INPUTS, ITERATIONS, MISSION_ID, STEPS, tidy, USERS, userId } from './wake-world.ts';
import type { WriterCalls } from './wake-writer.ts';
import { startWorker, type Worker } from './worker.ts';

/**
 * `notify` and `notifyAgain`: a bare connection that LISTENs. The ratio of the two is the noise of the run.
 * `claim`: the same, and one durable claim: an update of one row with skip locked, prepared, on an open connection.
 * `service`: this project: the planner is called, with mission, iterations and inputs read.
 */
const ROWS = ['notify', 'notifyAgain', 'claim', 'service'] as const;
export type Row = (typeof ROWS)[number];

export interface WakeOptions {
  url: string;
  rounds: number;
  /** Per row and round. */
  samples: number;
  onProgress(line: string): void;
}

export interface Latency {
  /** Milliseconds: the median of the rounds' medians, and the 99th percentile of all samples. */
  p50: number;
  p99: number;
  toNotify: Ratio;
  toClaim: Ratio;
}

export interface WakeMeasures {
  rounds: number;
  samples: number;
  rows: Record<Row, Latency>;
  /** Where the time of `service` goes, in milliseconds: medians. */
  parts: { name: string; p50: number }[];
}

const WARM_UP = 150;
/** Within a round the rows take turns, in random order, with this many samples at a time: the weather changes fast. */
const TURN = 10;
/** Samples at the head of each turn that do not count: the row has just taken over from another. */
const LEAD_IN = 2;
const PATIENCE_MS = 20_000;

/**
 * Measures the time from the commit of a mission edit to whoever waits for it. In all rows the same process commits the
 * same edits of the same missions, and each edit is planned and recorded before the next, so only the reader differs.
 * Rounds are interleaved: in each all rows take turns, in random order. Time runs from just before COMMIT is sent.
 */
export async function measureWake({ url, rounds, samples, onProgress }: WakeOptions): Promise<WakeMeasures> {
  await createWorld(url);
  const writer = startWorker<WriterCalls>('wake-writer.ts', [url]);
  const floor = startWorker<FloorCalls>('wake-floor.ts', [url]);
  const service = startWorker<ServiceCalls>('wake-service.ts', [url]);
  const readers: Record<Row, Reader> = {
    notify: floorReader(floor, 'notify'),
    notifyAgain: floorReader(floor, 'notify'),
    claim: floorReader(floor, 'claim'),
    service: serviceReader(service),
  };
  let edits = 0;

  try {
    await Promise.all([checkClock(writer), checkClock(floor), checkClock(service)]);
    onProgress('filling the database');
    await service.call('settle');
    for (let iteration = 2; iteration <= ITERATIONS; iteration++) {
      await editAll(url, `A week by the sea, draft ${iteration}`);
      await service.call('settle');
    }
    await tidy(url);
    onProgress('warming up');
    for (const row of ROWS) await measureRow(readers[row], WARM_UP);
    const latencies: Record<Row, number[][]> = { notify: [], notifyAgain: [], claim: [], service: [] };
    const paths: Path[] = [];
    for (let round = 1; round <= rounds; round++) {
      onProgress(`round ${round} of ${rounds}`);
      const measured: Record<Row, Path[]> = { notify: [], notifyAgain: [], claim: [], service: [] };
      for (let first = 0; first < samples; first += TURN) {
        for (const row of shuffled(ROWS)) {
          const count = Math.min(TURN, samples - first);
          measured[row].push(...(await measureRow(readers[row], LEAD_IN + count)).slice(LEAD_IN));
        }
      }
      for (const row of ROWS)
        latencies[row].push(measured[row].map(({ committed, reached }) => (reached - committed) / 1000));
      paths.push(...measured.service);
    }
    return { rounds, samples, rows: summarise(latencies), parts: partsOf(paths) };
  } finally {
    await Promise.all([writer.stop(), floor.stop(), service.stop()]);
  }

  async function measureRow(reader: Reader, count: number): Promise<Path[]> {
    const paths: Path[] = [];
    await reader.start();
    for (let sample = 0; sample < count; sample++) {
      const title = `A week by the sea, version ${++edits}`;
      const reached = reader.next(title);
      await writer.call('editSoon', {
        userId: userId(Math.floor(Math.random() * USERS)),
        missionId: MISSION_ID,
        title,
      });
      const path = await patiently(reached);
      paths.push({ ...path, committed: await writer.call('committedAt') });
      await service.call('settle');
    }
    await reader.stop();
    return paths;
  }
}

/** Instants of one edit on its way, in microseconds. */
interface Path {
  committed: number;
  reached: number;
  begun?: Begun;
}

interface Reader {
  start(): Promise<void>;
  next(title: string): Promise<Omit<Path, 'committed'>>;
  stop(): Promise<void>;
}

function floorReader(floor: Worker<FloorCalls>, kind: 'notify' | 'claim'): Reader {
  return {
    start: () => floor.call('listen', kind),
    next: async () => ({ reached: await floor.call('next') }),
    stop: () => floor.call('unlisten'),
  };
}

function serviceReader(service: Worker<ServiceCalls>): Reader {
  return {
    start: () => service.call('start'),
    async next(title) {
      const begun = await service.call('next');
      const { inputs, iterations, steps } = begun;
      const complete =
        begun.title === title && inputs === INPUTS && iterations === ITERATIONS && steps === ITERATIONS * STEPS;
      if (!complete) throw new Error(`the planner was not given all that it is to be given: ${JSON.stringify(begun)}`);
      return { reached: begun.planning, begun };
    },
    stop: () => service.call('stop'),
  };
}

async function patiently<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`an edit reached nobody in ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  });
  return Promise.race([promise, end]).finally(() => clearTimeout(timer));
}

function summarise(latencies: Record<Row, number[][]>): Record<Row, Latency> {
  const medians = (row: Row) => latencies[row].map(median);
  // The floor's two rows are the same thing: a round's floor is the median of both.
  const floor = latencies.notify.map((samples, round) => median([...samples, ...latencies.notifyAgain[round]!]));
  const summary = (row: Row): Latency => ({
    p50: median(medians(row)),
    p99: quantile(latencies[row].flat(), 0.99),
    toNotify: ratioOf(medians(row), row === 'notify' || row === 'notifyAgain' ? medians('notify') : floor),
    toClaim: ratioOf(medians(row), medians('claim')),
  });
  return {
    notify: summary('notify'),
    notifyAgain: summary('notifyAgain'),
    claim: summary('claim'),
    service: summary('service'),
  };
}

function partsOf(paths: Path[]): WakeMeasures['parts'] {
  const part = (name: string, of: (committed: number, begun: Begun) => number) => ({
    name,
    p50: median(paths.flatMap(({ committed, begun }) => (begun ? [of(committed, begun) / 1000] : []))),
  });
  return [
    part('commit sent -> notification received', (committed, { notified }) => notified - committed),
    part('-> claim sent', (_, { notified, claimSent }) => claimSent - notified),
    part('-> claim answered, with all that was read', (_, { claimSent, claimed }) => claimed - claimSent),
    part('-> planner called', (_, { claimed, planning }) => planning - claimed),
  ];
}
