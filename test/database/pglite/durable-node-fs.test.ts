import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { boundWal } from '../../../src/database/pglite/bound-wal.ts';
import { StoreStoppedError } from '../../../src/database/pglite/engine-errors.ts';
import { engineInThisThread } from '../../support/engine-in-this-thread.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { PowerCut } from './power-cut.ts';
import { type LocalStore, openLocalStore } from './store-in-this-thread.ts';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const stores: LocalStore[] = [];
let root: string;
let cutRoot: string;

beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'store-durable-'));
  cutRoot = `${root}-cut`;
});

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const directory of [root, cutRoot]) fs.rmSync(directory, { recursive: true, force: true });
});

test('a commit flushes the WAL once before it is acknowledged, a read flushes nothing', async () => {
  const power = watch();
  const { pglite } = await opened(join(root, 'data'));
  await pglite.exec('create table notes (id integer primary key)');
  const flushesOf = async (act: () => Promise<unknown>) => {
    const before = power.flushes;
    await act();
    return power.flushes - before;
  };
  expect(await flushesOf(() => pglite.query('insert into notes values (1)'))).toBe(1);
  expect(await flushesOf(() => pglite.transaction((tx) => tx.query('insert into notes values (2)')))).toBe(1);
  expect(await flushesOf(() => pglite.query('select * from notes'))).toBe(0);
  expect(await flushesOf(() => pglite.transaction((tx) => tx.query('select 1')))).toBe(0);
  let hear = (_flushes: number) => {};
  const heard = new Promise<number>((resolve) => {
    hear = resolve;
  });
  await pglite.listen('noted', () => hear(power.flushes));
  const before = power.flushes;
  await pglite.exec('insert into notes values (3); notify noted');
  expect(await heard).toBe(before + 1);
});

test('when a commit cannot be flushed it is not acknowledged, later queries are refused at once, and reopening recovers', async () => {
  const directory = join(root, 'data');
  const store = await opened(directory);
  await store.pglite.exec('create table notes (id integer primary key); insert into notes values (1)');
  const { fdatasyncSync } = fs;
  Object.assign(fs, {
    fdatasyncSync: () => {
      throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
    },
  });
  try {
    await expect(store.pglite.query('insert into notes values (2)')).rejects.toThrow('could not fsync file');
  } finally {
    Object.assign(fs, { fdatasyncSync });
  }
  await expect(store.pglite.query('select 1')).rejects.toThrow(StoreStoppedError);
  await expect(store.pglite.transaction((tx) => tx.query('select 1'))).rejects.toThrow('could not go on');
  await store.close();
  const again = await opened(directory);
  expect((await again.pglite.query<{ id: number }>('select id from notes where id = 1')).rows).toEqual([{ id: 1 }]);
});

test('a full disk is an error of the statement, and the store goes on once there is room', async () => {
  const { pglite } = await opened(join(root, 'data'));
  await pglite.exec('create table notes (id integer)');
  const { writeSync } = fs;
  Object.assign(fs, {
    writeSync: () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    },
  });
  try {
    await expect(pglite.query('insert into notes values (1)')).rejects.toThrow('No space left on device');
  } finally {
    Object.assign(fs, { writeSync });
  }
  await pglite.query('insert into notes values (2)');
  expect((await pglite.query('select id from notes')).rows).toEqual([{ id: 2 }]);
});

describe('after a power cut', () => {
  test('right after the first opening, the store opens', async () => {
    const power = watch();
    await opened(join(root, 'data'));
    power.cut(cutRoot);
    const { pglite } = await opened(afterReboot(cutRoot));
    expect((await pglite.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('every acknowledged row is there, whatever part of the unflushed writes survived', async () => {
    const power = watch();
    const { pglite } = await opened(join(root, 'data'));
    await pglite.exec('create table notes (id integer primary key, filler text)');
    const cuts: { directory: string; acknowledged: number }[] = [];
    const random = seededRandom(seed);
    fs.mkdirSync(cutRoot);
    const cut = (acknowledged: number, survivors?: () => number) => {
      const directory = join(cutRoot, `cut-${cuts.length}`);
      power.cut(directory, survivors);
      cuts.push({ directory: afterReboot(directory), acknowledged });
    };

    for (let id = 1; id <= 40; id++) {
      const insert = (db: Pick<PGlite, 'query'>) => db.query('insert into notes values ($1::integer, $1::text)', [id]);
      await (id % 2 === 0 ? insert(pglite) : pglite.transaction(insert));
      if (id === 20) await pglite.exec('checkpoint');
      if (id === 25) cut(25);
    }
    // A transaction that is still open, larger than a WAL segment, so that much of it was written.
    await pglite.transaction(async (tx) => {
      await tx.query('insert into notes select 1000 + i, repeat(md5(i::text), 60) from generate_series(1, 15000) i');
      cut(40, random);
    });
    // What it wrote is flushed by the checkpoint, which recycles WAL.
    await pglite.exec('checkpoint');
    await pglite.query('insert into notes values (41)');
    cut(15_041, random);

    for (const { directory, acknowledged } of cuts) {
      expect(await countIn(directory), `SEED=${seed} ${directory}`).toEqual({
        heap: acknowledged,
        index: acknowledged,
      });
    }
  }, 120_000);

  test('the simulation does see what is lost without the flushes', async () => {
    const power = watch();
    const directory = join(root, 'data');
    const durable = await opened(directory);
    await durable.pglite.exec('create table notes (id integer primary key)');
    await durable.close();
    const plain = await PGlite.create({ fs: new NodeFS(directory) });
    onTestFinished(() => plain.close());
    for (let id = 1; id <= 10; id++) await plain.query('insert into notes values ($1)', [id]);
    power.cut(cutRoot);
    expect(await countIn(afterReboot(cutRoot))).toEqual({ heap: 0, index: 0 });
  });
});

test('the WAL does not grow without bound: a checkpoint comes when it has grown, and not before', async () => {
  const { pglite } = await opened(join(root, 'data'));
  const redo = async () => (await pglite.query('select redo_lsn from pg_control_checkpoint()')).rows[0];
  await pglite.exec('create table notes as select repeat(md5(i::text), 60) from generate_series(1, 1000) i');
  const before = await redo();
  const engine = await engineInThisThread(pglite);
  await boundWal(engine);
  expect(await redo()).toEqual(before);
  await boundWal(engine, 1024 * 1024);
  expect(await redo()).not.toEqual(before);
});

function watch(): PowerCut {
  const power = new PowerCut(root);
  onTestFinished(() => power.stop());
  return power;
}

async function opened(directory: string): Promise<LocalStore> {
  const store = await openLocalStore(directory);
  stores.push(store);
  return store;
}

/** The store in a cut. Its lock is this process's, which lives on; of a machine that went down no process does. */
function afterReboot(cut: string): string {
  fs.rmSync(join(cut, 'data.lock'), { force: true });
  return join(cut, 'data');
}

async function countIn(directory: string) {
  const { pglite, close } = await openLocalStore(directory);
  const count = async (path: string) => {
    await pglite.exec(`set enable_seqscan = ${path === 'heap'}; set enable_indexonlyscan = ${path === 'index'}`);
    return Number((await pglite.query<{ n: number }>('select count(*) as n from notes where id > 0')).rows[0]?.n);
  };
  const counts = { heap: await count('heap'), index: await count('index') };
  await close();
  return counts;
}
