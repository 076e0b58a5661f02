/** The service as it runs in production. */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pino from 'pino';
import { readConfig } from '../../src/config.ts';
import { startService } from '../../src/service.ts';
import { serveWorker } from './worker.ts';

export interface ServiceProcessCalls {
  /** Starts it with this environment; answers with its URL. */
  start(environment: Record<string, string>): Promise<string>;
  /** Bytes of what lives in the process, after a garbage collection. */
  memory(): Promise<number>;
  /** Milliseconds of a core that the process has taken. */
  cpu(): number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

serveWorker<ServiceProcessCalls>({
  async start(environment) {
    const read = readConfig(environment);
    if (!read.ok) throw new Error(read.problems.join('\n'));
    const { url } = await startService(read.config, pino({ level: 'warn' }, pino.destination(2)));
    return url;
  },
  async memory() {
    // What is let go of by a finalizer or in the next turn goes with a later collection.
    for (let pass = 0; pass < 4; pass++) {
      collectGarbage();
      await turn();
    }
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  },
  cpu() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
});
