import { ask, promote } from '../../test/operations/cluster.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { startStandby } from '../../test/support/start-standby.ts';
import { startTcpProxy } from '../../test/support/tcp-proxy.ts';
import { until } from '../../test/support/until.ts';
import { startServer } from './start-server.ts';
import type { RunServer } from './world.ts';

/** A primary and its standbys, one after the other; `port` leads to whichever is the primary. */
export interface Cluster extends RunServer {
  hosts: string;
  primary(): PostgresServer;
  /** Adds a streaming standby; the primary is restarted for it. */
  addStandby(): Promise<PostgresServer>;
  /** Waits until the standby has all that the primary has. */
  hasAll(): Promise<void>;
  /** Makes the standby the primary; the former one, which must be dead, does not come back. */
  failOver(): Promise<void>;
  /** Calls back once when so many commits have come to the primary. */
  atCommit(nth: number, strike: () => void): void;
}

const COMMIT = 'commit\0';

export async function startCluster(): Promise<Cluster> {
  let primary = await startServer();
  let standby: PostgresServer | undefined;
  const toPrimary = await startTcpProxy(primary.port);
  // Whoever is told of both finds them behind the same two ports for ever.
  const hosts = [await startTcpProxy(primary.port), await startTcpProxy(0)] as const;
  let [before, behind] = hosts;
  const adminUrl = Object.assign(new URL(primary.adminUrl), { port: toPrimary.port }).href;

  function standingBy(): PostgresServer {
    if (!standby) throw new Error('there is no standby');
    return standby;
  }

  return {
    hosts: hosts.map(({ port }) => `127.0.0.1:${port}`).join(','),
    adminUrl,
    port: toPrimary.port,
    get dir() {
      return primary.dir;
    },
    password: primary.password,
    isRunning: () => primary.isRunning(),
    kill9: () => primary.kill9(),
    restart: (mode, whileStopped) => primary.restart(mode, whileStopped),
    primary: () => primary,

    async addStandby() {
      standby = await startStandby(primary);
      behind.leadTo(standby.port);
      return standby;
    },

    async hasAll() {
      const replayed = 'select from pg_stat_replication where replay_lsn >= pg_current_wal_flush_lsn()';
      await until(async () => (await ask(primary, replayed, 'postgres')).length > 0);
    },

    async failOver() {
      const former = primary;
      primary = standingBy();
      await promote(primary);
      standby = undefined;
      [before, behind] = [behind, before];
      toPrimary.leadTo(primary.port);
      await former.stop();
    },

    atCommit(nth, strike) {
      let seen = 0;
      before.watch((bytes) => {
        if (!bytes.includes(COMMIT, 0, 'latin1')) return 'forward';
        seen += 1;
        if (seen === nth) strike();
        return 'forward';
      });
    },

    async stop() {
      await Promise.all([toPrimary, ...hosts].map((proxy) => proxy.close()));
      await standby?.stop();
      await primary.stop();
    },
  };
}
