import type { Bench } from '../harness/bench.ts';
import { measureRebuild } from './measure-rebuild.ts';

export const rebuild: Bench = {
  name: 'rebuild',
  title: 'Rebuilding the projections from the log',
  about: new URL('./about.md', import.meta.url),
  packages: ['pg', 'pg-copy-streams'],
  rounds: 5,
  async measure(run) {
    const { url, adminUrl } = await run.server(['max_wal_size=8GB']);
    return measureRebuild(run, {
      url,
      adminUrl,
      changes: run.sized(1_000_000, 200),
      records: run.sized(20_000, 20),
    });
  },
};
