import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import type { Bench } from '../harness/bench.ts';
import { startBenchService } from '../harness/bench-service.ts';
import { measurePull } from './measure-pull.ts';

export const pull: Bench = {
  name: 'pull',
  title: 'Pulling: a replica from nothing',
  about: new URL('./about.md', import.meta.url),
  packages: ['pg', 'hono', '@hono/node-server'],
  rounds: 7,
  async measure({ server, compare, sized, onProgress }) {
    const { url } = await server();
    const service = await startBenchService(url);
    const db = openPostgres({ connectionString: url, poolSize: 2, onAppended: () => {}, onError: () => {} });
    try {
      onProgress('filling the log');
      return { comparisons: [await compare(await measurePull({ url, db, service, changes: sized(100_000, 100) }))] };
    } finally {
      await Promise.all([db.close(), service.stop()]);
    }
  },
};
