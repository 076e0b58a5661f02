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
  packages: ['pg', 'hono', '@hono/node-server', 'better-sse'],
  rounds: 9,
  async measure({ server, compare, sized, onProgress }) {
    const { url } = await server();
    const comparisons = [];
    const facts = [];
    const full = [
      { streams: 1_000, users: 1_000 },
      { streams: 10_000, users: 0 },
    ];
    for (const { streams, users } of sized(full, [{ streams: 10, users: 10 }])) {
      const service = await startBenchService(url);
      const processes: { stop(): Promise<void> }[] = [service];
      const started = <T extends { stop(): Promise<void> }>(worker: T): T => {
        processes.push(worker);
        return worker;
      };
      const startServer = (script: string) =>
        started(startWorker<StreamFloorCalls>(new URL(script, import.meta.url), []));
      try {
        onProgress(`opening ${streams} streams of each server`);
        const floor = startServer('./stream-floor.ts');
        const peer = startServer('./better-sse.ts');
        const { bytesPerStream, ...comparison } = await measureStreams({
          databaseUrl: url,
          service,
          floorUrl: await floor.call('url'),
          peerUrl: await peer.call('url'),
          startReaders: () => started(startWorker<ReaderCalls>(new URL('./reader-process.ts', import.meta.url), [])),
          streams,
          users,
        });
        comparisons.push(await compare(comparison));
        facts.push({
          name: `memory of one of ${streams} streams`,
          value: bytesPerStream / 1_000,
          unit: 'kB',
          atMost: 20,
        });
      } finally {
        await Promise.all(processes.map((one) => one.stop()));
      }
    }
    return { comparisons, facts };
  },
};
