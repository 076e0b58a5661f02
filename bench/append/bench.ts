import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import type { Bench } from '../harness/bench.ts';
import { startBenchService } from '../harness/bench-service.ts';
import type { Aim, Comparison } from '../harness/compare.ts';
import { openBareLog } from './append-floor.ts';
import { type AppendOptions, measureAppend } from './measure-append.ts';

export const append: Bench = {
  name: 'append',
  title: 'Appending: changes pushed, admitted and folded',
  about: new URL('./about.md', import.meta.url),
  packages: ['pg', 'hono', '@hono/node-server'],
  rounds: 7,
  async measure({ server, compare, sized }) {
    const { url } = await server();
    const service = await startBenchService(url);
    // As the service has it: what is appended is told after the commit, here to nobody.
    const db = openPostgres({ connectionString: url, poolSize: 2, onAppended: () => {}, onError: () => {} });
    const bareLog = await openBareLog(url);
    const least = (atLeast: number): Aim[] => [{ to: 'floor', atLeast }];
    const large = sized(1_000, 50);
    const appends: AppendOptions[] = [
      { batch: 1, records: 1, changes: sized(200, 5), aims: least(0.9) },
      { batch: large / 10, records: large / 10, changes: sized(3_000, 10), aims: [] },
      { batch: large, records: large, changes: sized(5_000, 50), aims: least(0.5) },
      { batch: large, records: large / 10, changes: sized(5_000, 50), aims: least(0.75) },
    ];
    try {
      const comparisons: Comparison[] = [];
      for (const options of appends) comparisons.push(await compare(measureAppend({ db, bareLog, service }, options)));
      return { comparisons };
    } finally {
      await Promise.all([db.close(), bareLog.close(), service.stop()]);
    }
  },
};
