import type { BenchRun, Measures } from '../harness/bench.ts';
import { execute } from '../harness/execute.ts';
import { fillLog } from '../harness/fill-log.ts';
import { median } from '../harness/statistics.ts';
import { startWorker } from '../harness/worker.ts';
import { copyLog } from './copy-log.ts';
import type { Measured, RebuildCalls } from './rebuild-process.ts';

export interface RebuildBenchOptions {
  url: string;
  adminUrl: string;
  changes: number;
  records: number;
}

const WHOLE = 'whole';
const HALF = 'half';
const FEW = 'few';
const TENFOLD = 'tenfold';
/** It takes a minute each time. */
const TENFOLD_TIMES = 3;
/** Of changes, row by row: a round trip for each takes too long for all of them. */
const ROW_BY_ROW = 20_000;

/** A rebuild that finds nothing to mend, records and missions, against the COPY of the same log to nowhere. */
export async function measureRebuild(
  { compare, sized, onProgress }: BenchRun,
  { url, adminUrl, changes, records }: RebuildBenchOptions,
): Promise<Measures> {
  const few = Math.min(ROW_BY_ROW, changes);
  await fillLog(url, { userId: FEW, changes: few, records: Math.ceil((records * few) / changes), onProgress });
  await fillLog(url, { userId: HALF, changes: Math.ceil(changes / 2), records, onProgress });
  await fillLog(url, { userId: WHOLE, changes, records, onProgress });
  await execute(url, ['vacuum analyze sync_changes', 'vacuum analyze records']);

  onProgress('copying the log ten times');
  await copyLog(adminUrl, { from: WHOLE, to: TENFOLD, times: 10, changes });

  const start = () => startWorker<RebuildCalls>(new URL('./rebuild-process.ts', import.meta.url), [url]);
  const [floor, rebuilder, naive] = [start(), start(), start()] as const;
  const rate = (count: number, { milliseconds }: Measured) => (count / milliseconds) * 1000;
  let peakMemory = 0;
  const timesTheHalf: number[] = [];
  try {
    const comparison = await compare({
      title: `${changes.toLocaleString('en')} changes to ${records.toLocaleString('en')} records`,
      unit: 'rows/s',
      floor: {
        name: 'COPY of the log to nowhere',
        measure: async () => rate(changes, await floor.call('floor', WHOLE)),
      },
      others: [
        {
          name: 'rebuild',
          aims: [{ to: 'floor', atLeast: 0.6 }],
          async measure() {
            const whole = await rebuilder.call('rebuild', WHOLE);
            const half = await rebuilder.call('rebuild', HALF);
            timesTheHalf.push(whole.milliseconds / half.milliseconds);
            peakMemory = whole.peakMemory;
            return rate(changes, whole);
          },
        },
        {
          name: 'the best single SQL statement, folded but not compared',
          kind: 'part',
          measure: async () => rate(changes, await floor.call('oneStatement', WHOLE)),
        },
        {
          name: `row by row (${few.toLocaleString('en')} changes)`,
          kind: 'part',
          measure: async () => rate(few, await naive.call('rowByRow', FEW)),
        },
      ],
    });
    onProgress('ten times the log');
    await rebuilder.call('mend', TENFOLD);
    const wholes: number[] = [];
    const tenfolds: number[] = [];
    for (let time = 0; time < sized(TENFOLD_TIMES, 1); time++) {
      wholes.push((await rebuilder.call('rebuild', WHOLE)).milliseconds);
      const tenfold = await rebuilder.call('rebuild', TENFOLD);
      tenfolds.push(tenfold.milliseconds);
      peakMemory = tenfold.peakMemory;
    }
    return {
      comparisons: [comparison],
      facts: [
        { name: 'most memory that the rebuilding process held', value: peakMemory / 1e6, unit: 'MB', atMost: 300 },
        { name: 'twice the log takes', value: median(timesTheHalf), unit: 'times as long' },
        { name: 'ten times the log takes', value: median(tenfolds) / median(wholes), unit: 'times as long' },
      ],
    };
  } finally {
    await Promise.all([floor.stop(), rebuilder.stop(), naive.stop()]);
  }
}
