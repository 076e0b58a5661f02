import type { Bench } from '../harness/bench.ts';
import { execute } from '../harness/execute.ts';
import type { ServiceProcessCalls } from '../harness/service-process.ts';
import { startWorker } from '../harness/worker.ts';
import type { IdleCalls, Waiting } from './idle-process.ts';
import { measureIdle } from './measure-idle.ts';
import { scheduleMissions } from './schedule-missions.ts';

export const idle: Bench = {
  name: 'idle',
  title: 'Idle: 10,000 missions that are due tomorrow',
  about: new URL('./about.md', import.meta.url),
  packages: ['pg', 'graphile-worker', 'pg-boss'],
  rounds: 5,
  async measure({ server, compare, sized, onProgress }) {
    const { url, adminUrl } = await server(['shared_preload_libraries=pg_stat_statements']);
    const jobs = sized(10_000, 10);
    onProgress('filling');
    await scheduleMissions(url, adminUrl, jobs);
    const service = startWorker<ServiceProcessCalls>(new URL('../harness/service-process.ts', import.meta.url), []);
    const peers = (['floor', 'graphile-worker', 'pg-boss'] as const).map((waiting) => ({
      waiting,
      database: waiting.replace('-', '_'),
      worker: startWorker<IdleCalls>(new URL('./idle-process.ts', import.meta.url), []),
    }));
    try {
      await service.call('start', { ROLE: 'all', PORT: '0', DATABASE_URL: url, AUTH_JWT_SECRET: 's'.repeat(32) });
      for (const { waiting, database, worker } of peers) {
        await execute(adminUrl, [`create database ${database}`]);
        await worker.call('start', {
          waiting,
          url: Object.assign(new URL(adminUrl), { pathname: database }).href,
          jobs,
        });
      }
      const cpuOf = (wanted: Waiting) => () => peers.find(({ waiting }) => waiting === wanted)?.worker.call('cpu') ?? 0;
      return await measureIdle({
        adminUrl,
        windowMs: sized(30_000, 500),
        compare,
        service: { database: 'bench', cpu: () => service.call('cpu') },
        floor: { database: 'floor', cpu: cpuOf('floor') },
        peers: {
          'graphile-worker': { database: 'graphile_worker', cpu: cpuOf('graphile-worker') },
          'pg-boss': { database: 'pg_boss', cpu: cpuOf('pg-boss') },
        },
      });
    } finally {
      await Promise.all([service.stop(), ...peers.map(({ worker }) => worker.stop())]);
    }
  },
};
