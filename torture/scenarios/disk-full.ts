import { randomBytes } from 'node:crypto';
import { until } from '../../test/support/until.ts';
import { openService } from '../harness/open-service.ts';
import { pushRound } from '../harness/push-round.ts';
import { comeToRest } from '../harness/rest.ts';
import type { Scenario } from '../harness/scenario.ts';
import { type ServerOnSmallDisk, type SmallDisk, startServerOnSmallDisk } from '../harness/small-disk.ts';
import type { World } from '../harness/world.ts';

type Troubled = World<ServerOnSmallDisk>;

/** What is done to the database; each resolves when it is as it was, and what was pushed meanwhile is acknowledged. */
const TROUBLES: Record<string, (world: Troubled, push: () => Promise<void>) => Promise<void>> = {
  async 'disk full'(world, push) {
    const disk = diskOf(world);
    if (!disk) return push();
    await disk.fill();
    const answered = answeredWith(world, 507);
    const pushing = Promise.all([push(), pushFiles(world)]);
    await answered();
    await disk.makeRoom();
    await pushing;
    world.tally.add('disk full');
  },

  async 'disk full to the WAL'(world, push) {
    const { server, admin, tally } = world;
    const disk = diskOf(world);
    if (!disk) return push();
    await disk.fill();
    const pushing = push();
    // Each takes a segment, until there is none to take: Postgres cannot go on without, and ends what is under way.
    await until(async () => (await useSegment(world)) === 'refused');
    await disk.makeRoom();
    await until(async () => {
      if (!server.isRunning()) {
        await server.restart('kill9');
        tally.add('Postgres that had ended started again');
      }
      return admin.query('select 1').then(
        () => true,
        () => false,
      );
    });
    await pushing;
    tally.add('disk full to the WAL');
  },

  async 'read-only'(world, push) {
    const { admin, tally } = world;
    await admin.query('alter system set default_transaction_read_only = on');
    await admin.query('select pg_reload_conf()');
    const answered = answeredWith(world, 503);
    const pushing = push();
    await answered();
    await admin.query('alter system reset default_transaction_read_only');
    await admin.query('select pg_reload_conf()');
    await pushing;
    tally.add('read-only');
  },

  async 'no database'(world, push) {
    let pushing = Promise.resolve();
    await world.server.restart('fast', async () => {
      const answered = answeredWith(world, 503);
      pushing = push();
      await answered();
    });
    await pushing;
    world.tally.add('no database');
  },
};

export const diskFull: Scenario<ServerOnSmallDisk> = {
  name: 'disk-full',
  promise:
    'With a full disk, a read-only database or none a push is answered 507 or 503 and changes nothing; what was acknowledged stays, and everything goes on by itself once there is room, or a database.',
  attack:
    'The disk of Postgres is filled to the last byte while people write, once for its tables and once for its WAL too; the database is made read-only; it is stopped.',
  rounds: { full: 20, smoke: 4 },
  injects: Object.keys(TROUBLES),
  shows: ['pushes answered 503', 'pushes answered 507'],

  startServer: startServerOnSmallDisk,

  prepare: openService,

  async round(world, number) {
    const chance = world.chance(`round ${number}`);
    const troubles = Object.values(TROUBLES);
    const trouble = troubles[(number - 1) % troubles.length] as (typeof troubles)[number];
    await pushRound(world, chance, `${number}.1`);
    world.services.loseAll('cut_off');
    await trouble(world, () => pushRound(world, chance, `${number}.2`));
    await comeToRest(world, () => false);
  },
};

/** None: this machine lets nobody mount one. The run then says that it never filled a disk, and fails. */
function diskOf({ server, tally }: Troubled): SmallDisk | undefined {
  if (!('lacking' in server.disk)) return server.disk;
  tally.add(`no disk to fill: ${server.disk.lacking}`);
  return undefined;
}

/** Waits for pushes that are answered so, from now on. */
function answeredWith({ tally }: Troubled, status: number): () => Promise<unknown> {
  const count = () => tally.counts()[`pushes answered ${status}`] ?? 0;
  const before = count();
  return () => until(() => count() > before);
}

/** More than the room that is left within the tables. */
async function pushFiles({ writers }: Troubled): Promise<void> {
  const label = randomBytes(4).toString('hex');
  await Promise.all(
    writers.map((writer) => {
      const eventId = `${writer.clientId} ${label}`;
      const data = { title: 'A file', text: randomBytes(200_000).toString('base64') };
      return writer.push('notes', [{ eventId, table: 'notes', id: 'file', op: 'insert', data }]);
    }),
  );
}

/** As the superuser, who is bound by no read-only setting and needs no room but the WAL's. */
async function useSegment({ admin }: Troubled): Promise<'used' | 'refused'> {
  try {
    await admin.query(`select pg_logical_emit_message(true, 'torture', 'a segment')`);
    await admin.query('select pg_switch_wal()');
    return 'used';
  } catch {
    return 'refused';
  }
}
