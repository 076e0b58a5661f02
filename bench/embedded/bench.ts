import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../harness/bench.ts';
import { startBenchService, startEmbeddedService } from '../harness/bench-service.ts';
import { measureEmbedded } from './measure-embedded.ts';

export const embedded: Bench = {
  name: 'embedded',
  title: 'The embedded database beside Postgres',
  about: new URL('./about.md', import.meta.url),
  packages: ['@electric-sql/pglite', 'pg'],
  rounds: 7,
  async measure({ server, compare, sized }) {
    const { url } = await server();
    const directory = await mkdtemp(join(tmpdir(), 'bench-embedded-'));
    const postgres = await startBenchService(url);
    const pglite = await startEmbeddedService(directory);
    try {
      const comparisons = [];
      for (const options of measureEmbedded({ postgres, pglite, sized })) comparisons.push(await compare(options));
      return { comparisons };
    } finally {
      await Promise.all([postgres.stop(), pglite.stop()]);
      await rm(directory, { recursive: true, force: true });
    }
  },
};
