import type { Bench } from '../harness/bench.ts';
import { startBenchService } from '../harness/bench-service.ts';
import { startWorker } from '../harness/worker.ts';
import { measureStreams } from './measure-streams.ts';
import type { ReaderCalls } from './reader-process.ts';
import type { StreamFloorCalls } from './stream-floor.ts';

export const fanout: Bench = {
  name: 'fanout',
  title: 'Fan-out: one change to many open streams',
  about: new URL('./about.md', import.meta.url),
  packages: ['pg', 'hono', '@hono/node-server'],
  rounds: 9,
  async measure({ server, compare, sized, onProgress }) {
    const { url } = await server();
    const service = await startBenchService(url);
    const floor = startWorker<StreamFloorCalls>(new URL('./stream-floor.ts', import.meta.url), []);
    const readers = startWorker<ReaderCalls>(new URL('./reader-process.ts', import.meta.url), []);
    try {
      onProgress('opening streams');
      const floorUrl = await floor.call('url');
      const deps = { databaseUrl: url, service, floorUrl, readers, streams: sized(1_000, 20) };
      const { bytesPerStream, ...streams } = await measureStreams(deps);
      return {
        comparisons: [await compare(streams)],
        facts: [{ name: 'memory of an open stream', value: bytesPerStream / 1_000, unit: 'kB', atMost: 20 }],
      };
    } finally {
      await Promise.all([readers.stop(), floor.stop(), service.stop()]);
    }
  },
};
