import { type Comparison, compare } from './compare.ts';
import { execute } from './execute.ts';
import { fillLog } from './fill-log.ts';
import type { Measured, RebuildCalls } from './rebuild-process.ts';
import { median, type Ratio, ratioOf } from './statistics.ts';
import { startWorker } from './worker.ts';

export interface RebuildBenchOptions {
  url: string;
  changes: number;
  records: number;
  rounds: number;
  onProgress(line: string): void;
}

export interface RebuildMeasures {
  rounds: number;
  changes: number;
  records: number;
  comparison: Comparison;
  /** Bytes that the process held at most over all its rebuilds. */
  peakMemory: number;
  /** The time for the whole log to that for a log of half the changes. */
  twiceTheLog: Ratio;
}

const WHOLE = 'whole';
const HALF = 'half';
const AIM = 0.6;
/** Of changes; a round trip for each takes too long for all of them. */
const ROW_BY_ROW = 20_000;
const FEW = 'few';

/** A rebuild that finds nothing to mend, records and missions, against the COPY of the same log to nowhere. */
export async function measureRebuild(options: RebuildBenchOptions): Promise<RebuildMeasures> {
  const { url, changes, records, rounds, onProgress } = options;
  const few = Math.min(ROW_BY_ROW, changes);
  await fillLog(url, { userId: FEW, changes: few, records: Math.ceil((records * few) / changes), onProgress });
  await fillLog(url, { userId: HALF, changes: Math.ceil(changes / 2), records, onProgress });
  await fillLog(url, { userId: WHOLE, changes, records, onProgress });
  await execute(url, ['vacuum analyze sync_changes', 'vacuum analyze records']);

  const floor = startWorker<RebuildCalls>('rebuild-process.ts', [url]);
  const rebuilder = startWorker<RebuildCalls>('rebuild-process.ts', [url]);
  const naive = startWorker<RebuildCalls>('rebuild-process.ts', [url]);
  const rate = (count: number, { milliseconds }: Measured) => (count / milliseconds) * 1000;
  let peakMemory = 0;
  const whole: number[] = [];
  const half: number[] = [];
  try {
    const comparison = await compare(
      {
        title: `rebuild, ${changes.toLocaleString('en')} changes to ${records.toLocaleString('en')} records`,
        unit: 'rows/s',
        floor: {
          name: 'COPY of the log to nowhere',
          measure: async () => rate(changes, await floor.call('floor', WHOLE)),
        },
        others: [
          {
            name: 'rebuild',
            aim: AIM,
            async measure() {
              const measured = await rebuilder.call('rebuild', WHOLE);
              half.push((await rebuilder.call('rebuild', HALF)).milliseconds);
              whole.push(measured.milliseconds);
              peakMemory = measured.peakMemory;
              return rate(changes, measured);
            },
          },
          {
            name: `row by row (${few.toLocaleString('en')} changes)`,
            measure: async () => rate(few, await naive.call('rowByRow', FEW)),
          },
        ],
      },
      { rounds, onProgress },
    );
    const twiceTheLog = ratioOf(whole.slice(1), half.slice(1));
    onProgress(`median of a rebuild: ${Math.round(median(whole.slice(1)))} ms`);
    return { rounds, changes, records, comparison, peakMemory, twiceTheLog };
  } finally {
    await Promise.all([floor.stop(), rebuilder.stop(), naive.stop()]);
  }
}
