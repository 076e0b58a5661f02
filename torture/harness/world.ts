import pg from 'pg';
import type { Database } from '../../src/database/database.ts';
import { openPostgres } from '../../src/database/postgres/open-postgres.ts';
import { createDatabase } from '../../test/support/create-database.ts';
import { MIGRATED_TEMPLATE, SERVICE_LOGIN, serviceUrl } from '../../test/support/global-setup.ts';
import type { PostgresServer } from '../../test/support/postgres-server.ts';
import { startTcpProxy, type TcpProxy } from '../../test/support/tcp-proxy.ts';
import type { ToldDecision, WaitingMission } from '../checker/evidence.ts';
import { type Chance, chanceOf } from './chance.ts';
import { type Follower, startFollower } from './follower.ts';
import { type ModelLedger, startModelLedger } from './model-ledger.ts';
import { createServices, type Service, type Services, type Strike, tokenOf } from './services.ts';
import { createTally, type Tally } from './tally.ts';
import { createWriter, type Writer } from './writer.ts';

/** The Postgres of a run: one server, or several, of which one takes writes. */
export interface RunServer extends PostgresServer {
  /** Where there are several: all of them, as DATABASE_URL names hosts; `port` then leads to the one that takes writes. */
  hosts?: string;
}

/** What a scenario works with: a database of its own, the parties, and what stands between them. */
export interface World<Server extends RunServer = RunServer> {
  seed: number;
  /** The choices of a part of the run, the same at every run of the seed. */
  chance(label: string): Chance;
  tally: Tally;
  server: Server;
  /** The superuser, on the database itself. */
  admin: pg.Pool;
  /** The service's login, on the database itself. */
  db: Database;
  model: ModelLedger;
  services: Services;
  /** Between clients and the API. */
  front: TcpProxy;
  /** Between the API and the database, and between runners and it. */
  back: Record<'api' | 'runner', TcpProxy>;
  /** Between runners and the model. */
  beyond: TcpProxy;
  users: readonly string[];
  writers: Writer[];
  followers: (Follower & { user: string })[];
  decided: (ToldDecision & { user: string })[];
  /** Missions that got no plan while everything was to come to rest. */
  stuck: WaitingMission[];
  /** How often the primary was replaced, and what was acknowledged by one that died and is known to be lost. */
  failovers: number;
  abandoned: Set<string>;
  /** Resets every connection of runners to the database, or of the API. */
  cutOff(role: 'api' | 'runner'): void;
  /** An API process, which clients reach from now on. */
  startApi(strike?: Strike): Promise<Service>;
  addWriter(user: string): Promise<Writer>;
  addFollower(user: string, by: 'pull' | 'stream'): Promise<Follower>;
  close(): Promise<void>;
}

const USERS = ['ana', 'ben', 'cleo'];

export async function openWorld<Server extends RunServer>(server: Server, seed: number): Promise<World<Server>> {
  const database = await createDatabase(server.adminUrl, { template: MIGRATED_TEMPLATE, owner: SERVICE_LOGIN });
  const url = serviceUrl(server.adminUrl, new URL(database.url).pathname.slice(1));
  const admin = new pg.Pool({ connectionString: database.url, max: 4 });
  // What a scenario breaks is told by the query that it breaks.
  admin.on('error', () => {});
  const db = openPostgres({ connectionString: url, poolSize: 4, onError: () => {} });
  const model = await startModelLedger(seed);
  const back = { api: await startTcpProxy(server.port), runner: await startTcpProxy(server.port) };
  const front = await startTcpProxy(0);
  const tally = createTally();
  const beyond = await startTcpProxy(Number(new URL(model.url).port));
  const through = (address: string, port: number) => Object.assign(new URL(address), { port }).href;
  const databaseUrlOf = (role: 'api' | 'runner') =>
    server.hosts === undefined ? through(url, back[role].port) : url.replace(`127.0.0.1:${server.port}`, server.hosts);
  const services = createServices({ admin, modelUrl: through(model.url, beyond.port), tally, databaseUrlOf });
  const baseUrl = `http://127.0.0.1:${front.port}`;
  const world: World<Server> = {
    seed,
    chance: (label) => chanceOf(seed, label),
    tally,
    server,
    admin,
    db,
    model,
    services,
    front,
    back,
    beyond,
    users: USERS,
    writers: [],
    followers: [],
    decided: [],
    stuck: [],
    failovers: 0,
    abandoned: new Set(),
    cutOff(role) {
      back[role].cut();
      tally.add(`database cut off from ${role}`);
      if (role === 'runner') services.loseAll('cut_off');
    },
    async startApi(strike) {
      const api = await services.start('api', strike);
      if (api.url !== '') front.leadTo(Number(new URL(api.url).port));
      return api;
    },
    async addWriter(user) {
      const clientId = `writer-${world.writers.length + 1}`;
      const writer = createWriter({ baseUrl, user, clientId, token: await tokenOf(user), tally });
      world.writers.push(writer);
      return writer;
    },
    async addFollower(user, by) {
      const name = `${by}-${world.followers.length + 1}`;
      const limit = 1 + chanceOf(seed, name).below(9);
      const follower = startFollower({ baseUrl, user, by, name, token: await tokenOf(user), limit });
      world.followers.push(Object.assign(follower, { user }));
      return follower;
    },
    async close() {
      // First, so that nobody waits for one that hangs.
      await services.close();
      await Promise.allSettled(world.followers.map((follower) => follower.stop()));
      await Promise.all([model, front, back.api, back.runner, beyond].map((party) => party.close()));
      await db.close();
      await admin.end();
      await database.drop();
    },
  };
  return world;
}
