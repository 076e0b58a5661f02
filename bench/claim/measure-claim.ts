import { SERVICE_LOGIN, serviceUrl } from '../../test/support/global-setup.ts';
import type { BenchRun, Measures } from '../harness/bench.ts';
import type { Subject } from '../harness/compare.ts';
import { startWorker } from '../harness/worker.ts';
import type { FloorCalls } from './floor-process.ts';
import type { GraphileCalls } from './graphile-process.ts';
import { asAdmin, createWorld, inCopyOf } from './mission-worlds.ts';
import type { PlanOrder, RunnerCalls } from './runner-process.ts';

const PROCESSES = [1, 2, 4];
/** The service's default. */
const PER_USER = 3;
const PLANS_PER_SECOND = 1_500;

/** What runners plan in a second: of 10,000 missions that are due, and 1,000 plans with few and with many more waiting. */
export async function measureClaim({ server, compare, sized, onProgress }: BenchRun): Promise<Measures> {
  const { adminUrl, url } = await server(['max_wal_size=4GB']);
  const [due, many, few] = [sized(10_000, 20), sized(100_000, 30), sized(1_000, 10)];
  const processCounts = sized(PROCESSES, [1, 2]);
  onProgress('filling the databases');
  await createWorld(adminUrl, 'due', { users: due / 10, missions: 10 });
  await createWorld(adminUrl, 'few_waiting', { users: many / 10, missions: 10, waiting: few });
  await createWorld(adminUrl, 'many_waiting', { users: many / 10, missions: 10 });
  await createWorld(adminUrl, 'one_user', { users: 1, missions: many });
  await asAdmin(adminUrl, (admin) => admin.query(`create database jobs owner ${SERVICE_LOGIN}`));

  const start = (module: string) => new URL(module, import.meta.url);
  const runners = Array.from({ length: Math.max(...processCounts) }, () =>
    startWorker<RunnerCalls>(start('./runner-process.ts'), []),
  );
  const floor = startWorker<FloorCalls>(start('./floor-process.ts'), [url]);
  const graphile = startWorker<GraphileCalls>(start('./graphile-process.ts'), [serviceUrl(adminUrl, 'jobs')]);

  async function plansPerSecond(processes: number, order: PlanOrder): Promise<number> {
    const planned = await Promise.all(runners.slice(0, processes).map((runner) => runner.call('plan', order)));
    const plans = planned.reduce((sum, one) => sum + one.plans, 0);
    if (plans !== order.atMost) throw new Error(`${plans} plans were recorded, not ${order.atMost}`);
    return (
      (plans / (Math.max(...planned.map(({ until }) => until)) - Math.min(...planned.map(({ from }) => from)))) * 1e6
    );
  }
  const planning = (
    world: string,
    processes: number,
    atMost: number,
    perUser = PER_USER,
  ): Pick<Subject, 'measure'> => ({
    measure: () => inCopyOf(adminUrl, world, (copy) => plansPerSecond(processes, { url: copy, perUser, atMost })),
  });

  try {
    const comparisons = [
      await compare({
        title: `${due.toLocaleString('en')} missions that are due`,
        unit: 'plans/s',
        floor: {
          name: 'jobs claimed with skip locked and deleted, in batches',
          measure: () => floor.call('empty', due),
        },
        others: [
          ...processCounts.map((processes) => ({ name: inProcesses(processes), ...planning('due', processes, due) })),
          { name: 'graphile-worker: trivial jobs', kind: 'peer', measure: () => graphile.call('runJobs', due) },
        ],
      }),
      await compare({
        title: `${few.toLocaleString('en')} plans, while so many missions wait`,
        unit: 'plans/s',
        floor: {
          name: `${few.toLocaleString('en')} of ${many.toLocaleString('en')}`,
          ...planning('few_waiting', 1, few),
        },
        others: [
          {
            name: `all ${many.toLocaleString('en')}`,
            aims: [{ to: 'floor', atLeast: 1 }],
            ...planning('many_waiting', 1, few),
          },
          {
            name: `all ${many.toLocaleString('en')}, of one user`,
            aims: [{ to: 'floor', atLeast: 1 }],
            ...planning('one_user', 1, few, 200),
          },
        ],
      }),
    ];
    const alone = comparisons[0]?.rows.find(({ name }) => name === inProcesses(1))?.median ?? 0;
    const facts = [
      { name: 'plans recorded by one process', value: alone, unit: 'a second', atLeast: PLANS_PER_SECOND },
    ];
    return { comparisons, facts };
  } finally {
    await Promise.all([...runners, floor, graphile].map((worker) => worker.stop()));
  }
}

function inProcesses(processes: number): string {
  return `planned and recorded by ${processes} ${processes === 1 ? 'process' : 'processes'}`;
}
