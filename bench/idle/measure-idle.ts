import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { BenchRun, Measures } from '../harness/bench.ts';

interface Idler {
  database: string;
  /** Milliseconds of a core so far. */
  cpu(): number | Promise<number>;
}

/** All of them wait at the same time: what is idle disturbs nobody, and each sees the same weather. */
export async function measureIdle(deps: {
  adminUrl: string;
  windowMs: number;
  compare: BenchRun['compare'];
  service: Idler;
  floor: Idler;
  peers: Record<string, Idler>;
}): Promise<Measures> {
  const { adminUrl, windowMs, compare, service, floor, peers } = deps;
  const idlers = [floor, service, ...Object.values(peers)];
  const client = new pg.Client({ connectionString: Object.assign(new URL(adminUrl), { pathname: 'postgres' }).href });
  await client.connect();
  try {
    await client.query('create extension pg_stat_statements');
    const begun = performance.now();
    const before = await statements(client);
    let window = new Map<Idler, number>();

    /** Watches all of them for a while: the milliseconds of a core that each takes in a minute. */
    async function watch(): Promise<void> {
      const at = await Promise.all(idlers.map(({ cpu }) => cpu()));
      await delay(windowMs);
      const after = await Promise.all(idlers.map(({ cpu }) => cpu()));
      window = new Map(idlers.map((idler, n) => [idler, (((after[n] ?? 0) - (at[n] ?? 0)) / windowMs) * 60_000]));
    }
    async function last(idler: Idler): Promise<number> {
      if (window.size === 0) await watch();
      return window.get(idler) ?? 0;
    }

    const comparison = await compare({
      title: 'a process that waits',
      unit: 'CPU ms/min',
      floor: {
        name: 'a bare connection that listens',
        async measure() {
          await watch();
          return last(floor);
        },
      },
      others: [
        { name: 'the service', measure: () => last(service), aims: [{ to: 'peer', atMost: 1 }] },
        ...Object.entries(peers).map(([name, peer]) => ({ name, kind: 'peer' as const, measure: () => last(peer) })),
      ],
    });

    const after = await statements(client);
    const minutes = (performance.now() - begun) / 60_000;
    const perMinute = ({ database }: Idler) =>
      Math.round(((after.get(database) ?? 0) - (before.get(database) ?? 0)) / minutes);
    const fewest = Math.min(...Object.values(peers).map(perMinute));
    return {
      comparisons: [comparison],
      facts: [
        { name: 'statements of the service', value: perMinute(service), unit: 'a minute', atMost: fewest },
        ...Object.entries(peers).map(([name, peer]) => ({
          name: `statements of ${name}`,
          value: perMinute(peer),
          unit: 'a minute',
        })),
      ],
    };
  } finally {
    await client.end();
  }
}

/** How many statements each database was sent so far, those that begin and end transactions among them. */
async function statements(client: pg.Client): Promise<Map<string, number>> {
  const { rows } = await client.query<{ database: string; calls: number }>(
    `select datname as database, sum(calls)::int as calls
     from pg_stat_statements(false) s join pg_database d on d.oid = s.dbid group by datname`,
  );
  return new Map(rows.map(({ database, calls }) => [database, calls]));
}
