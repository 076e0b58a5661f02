import type { ComparisonOptions } from '../harness/compare.ts';
import type { Worker } from '../harness/worker.ts';
import type { PusherCalls, ToldBy, Write } from './pusher-process.ts';

const NAMES: Record<Write, string> = {
  push: 'pushes of one change',
  append: 'appends of one change in one round trip',
};
export interface CommitsOptions {
  write: Write;
  /** Users at the same time. */
  concurrent: number;
  /** So long one figure takes. */
  milliseconds: number;
  /** The aim, in times the floor. */
  atLeast: number;
}

let users = 0;

/** Users who write one change after the other, all at the same time: what telling others of each commit costs. */
export function measureCommits(
  workers: Worker<PusherCalls>[],
  { write, concurrent, milliseconds, atLeast }: CommitsOptions,
): ComparisonOptions {
  const commits = async (toldBy: ToldBy) => {
    const userIds = Array.from({ length: concurrent }, () => `writer-${++users}`);
    const shares = workers.map((_, nth) => userIds.filter((_, index) => index % workers.length === nth));
    const rates = await Promise.all(
      workers.map((worker, nth) => {
        const order = { write, toldBy, userIds: shares[nth] as string[], milliseconds };
        return order.userIds.length === 0 ? 0 : worker.call('write', order);
      }),
    );
    return rates.reduce((sum, rate) => sum + rate, 0);
  };
  return {
    title: `${NAMES[write]}, ${concurrent} at a time`,
    unit: 'commits/s',
    floor: { name: 'nobody is told', measure: () => commits('nobody') },
    others: [
      {
        name: 'told after the commit, many at once',
        aims: [{ to: 'floor', atLeast }],
        measure: () => commits('announcer'),
      },
      { name: 'a NOTIFY in each transaction', kind: 'part', measure: () => commits('trigger') },
    ],
  };
}
