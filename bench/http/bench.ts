import type { Bench } from '../harness/bench.ts';
import { startBenchService } from '../harness/bench-service.ts';
import { startWorker } from '../harness/worker.ts';
import type { HttpFloorCalls } from './http-floor.ts';
import { measureRequests } from './measure-requests.ts';

export const http: Bench = {
  name: 'http',
  title: 'HTTP: a request and its answer',
  about: new URL('./about.md', import.meta.url),
  packages: ['pg', 'hono', '@hono/node-server'],
  rounds: 9,
  async measure({ server, compare, sized }) {
    const { url } = await server();
    const service = await startBenchService(url);
    const floor = startWorker<HttpFloorCalls>(new URL('./http-floor.ts', import.meta.url), []);
    try {
      const routes = await measureRequests({ service, floor, requests: sized(1_000, 20) });
      const comparisons = [];
      for (const route of routes) comparisons.push(await compare(route));
      return { comparisons };
    } finally {
      await Promise.all([floor.stop(), service.stop()]);
    }
  },
};
